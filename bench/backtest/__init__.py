"""How long the time machine takes over 100,000 recorded actions."""
