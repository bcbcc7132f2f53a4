"""Anthropic Messages, to and from the one form."""
