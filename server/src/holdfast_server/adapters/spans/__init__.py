"""Engines that keep spans."""
