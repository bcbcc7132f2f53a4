"""How often detectors are right about recorded runs of real agents: `python -m bench.runaway`."""
