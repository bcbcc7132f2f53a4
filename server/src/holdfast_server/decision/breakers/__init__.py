"""Breakers of every process, as they reported them last."""
