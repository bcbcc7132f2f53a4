"""Whether it was worth it: what the business says of runs and sessions."""
