"""What it costs, and how fast."""
