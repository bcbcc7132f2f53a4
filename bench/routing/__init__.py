"""What routing costs at equal accuracy, on recorded answers: `python -m bench.routing`."""
