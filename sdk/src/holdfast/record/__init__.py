"""What happened, as values and as a ledger that can be proved."""
