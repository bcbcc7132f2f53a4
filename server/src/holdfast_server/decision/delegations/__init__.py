"""Hand-offs between processes, each accepted once."""
