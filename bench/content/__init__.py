"""What it costs to look through a text."""
