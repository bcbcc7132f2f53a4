"""What budgets cost: a local decision with leases and without, and how many leases an engine grants."""
