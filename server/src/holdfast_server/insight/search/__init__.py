"""One query language over runs, spans, decisions and the ledger."""
