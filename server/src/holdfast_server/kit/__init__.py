"""Tools with no opinion about agents."""
