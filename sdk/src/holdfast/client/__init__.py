"""How it travels: to the server and back, bounded, and never in the agent's way."""
