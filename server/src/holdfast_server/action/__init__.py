"""Actions arrive."""
