"""Doors: one file a framework, each opened when its framework is imported, never before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from holdfast.guard.doors import Doors, Installed
from holdfast.integrations import langgraph, openai_agents, pydantic_ai, transport

_doors: Final = Doors(
    (langgraph.DOOR, openai_agents.DOOR, pydantic_ai.DOOR, transport.HTTPX, transport.HTTPX2)
)


def install(which: Sequence[str] | bool) -> None:
    """Govern the named frameworks: those that are imported now, the others as soon as they are.

    Raises:
        Misconfigured: there is no such integration, or one that was asked for by name does not work.
    """
    _doors.open(which)


def uninstall() -> None:
    """Give every framework back as it was."""
    _doors.close()


def doors() -> tuple[Installed, ...]:
    """Every integration, as it stands."""
    return _doors.all
