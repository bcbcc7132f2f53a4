"""What it means: the values of datasets, scorers, scores and findings."""
