"""How well content is read."""
