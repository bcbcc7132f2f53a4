"""Asking people: bound to a digest, used once."""
