"""Holdfast decides before an agent acts and records what happened so that it can be proved."""
