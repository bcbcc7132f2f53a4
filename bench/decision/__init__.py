"""How long one decision takes, receipt included: `python -m bench.decision`."""
