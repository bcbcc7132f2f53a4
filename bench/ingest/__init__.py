"""Spans accepted and queryable a second, beside Phoenix and MLflow, with a kill in the middle."""
