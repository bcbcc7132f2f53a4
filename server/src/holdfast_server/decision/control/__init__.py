"""Kill: stop now, everywhere."""
