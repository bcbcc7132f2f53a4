"""Told afterwards: OTLP requests become spans."""
