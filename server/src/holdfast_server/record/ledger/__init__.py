"""The server's log: append-only, checkpointed, provable."""
