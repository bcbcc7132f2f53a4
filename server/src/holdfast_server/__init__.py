"""What runs beside the agents."""

from __future__ import annotations

from importlib.metadata import version

__version__ = version("holdfast-server")
