"""What is registered: agents and the tools they use."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from holdfast_server.kit.wire import Ask, Name, Wire


class AgentEntry(Wire):
    """One version of an agent that has been seen."""

    agent: str
    version: str
    owner: str
    framework: str
    tools: list[str]
    models: list[str]
    first_seen: datetime
    last_seen: datetime
    runs: int


class ToolEntry(Wire):
    """One tool and its contract."""

    tool: str
    fingerprint: str
    effect: str
    reversible: bool
    inferred: bool
    contract: dict[str, Any]
    first_seen: datetime
    last_seen: datetime


class AgentNote(Ask):
    """An agent introduces itself; fields of a newer SDK are passed over."""

    model_config = ConfigDict(extra="ignore")

    agent: Name = Field(min_length=1)
    version: Name = ""
    owner: Name = ""
    framework: Name = ""
    tools: list[Name] = Field(default_factory=list, max_length=1000)
    models: list[Name] = Field(default_factory=list, max_length=1000)


class RegistryNote(Ask):
    """Agents and tool contracts of one process."""

    agents: list[AgentNote] = Field(default_factory=list[AgentNote], max_length=1000)
    tools: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]], max_length=2000)


class Registered(Wire):
    """What the registry took in."""

    agents: int
    tools: int
    changed: list[str]
    """Tools whose contract differs from the one known before."""
