"""What is governed, and what is only seen."""
