"""Runs and their steps as they stand now, projected from what arrived."""
