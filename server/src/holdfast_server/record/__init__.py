"""What happened is kept: spans, ledger, runs."""
