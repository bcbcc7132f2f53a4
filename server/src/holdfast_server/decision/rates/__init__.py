"""Rates that hold for every process that asks here."""
