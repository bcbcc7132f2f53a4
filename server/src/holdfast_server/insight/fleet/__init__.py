"""The fleet at one glance."""
