"""Lists, runs and words over a million spans, while more of them arrive."""
