"""What runs beside the agents."""
