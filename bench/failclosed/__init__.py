"""The same natural rules here and at a peer: which of them refuse? `python -m bench.failclosed`."""
