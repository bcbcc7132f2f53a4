"""How long it takes to load, lint and compare policies: `python -m bench.policy`."""
