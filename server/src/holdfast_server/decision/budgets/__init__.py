"""Budgets: what may be used, and who holds which part of it."""
