"""Doors: one file a framework, each installed when its framework is imported, never before."""

from __future__ import annotations


def install(which: tuple[str, ...] | bool) -> None:  # as it stands in the settings
    """Govern the named frameworks: those that are imported now, the others as soon as they are."""


def uninstall() -> None:
    """Give every framework back as it was."""
