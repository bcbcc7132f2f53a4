"""Detectors: is this still work, or a loop? Values that are told each step and can say how bad it is."""
