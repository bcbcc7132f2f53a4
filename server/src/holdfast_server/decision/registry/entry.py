"""What is registered: agents and the tools they use."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

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


class ContractChange(Wire):
    """One thing that differs between two contracts of a tool."""

    path: str
    about: Literal["words", "shape", "terms"]
    before: Any
    after: Any
    loosens: bool


class ContractDrift(Wire):
    """A contract that is not the one that was known."""

    old: str
    """Fingerprint of the one that was known."""
    new: str
    since: Literal["reviewed", "written"]
    """Against the contract that somebody reviewed, or against what a policy file says of the tool."""
    loosens: bool
    more: bool
    changes: list[ContractChange]


class ToolEntry(Wire):
    """One tool, its contract, and how it is used."""

    tool: str
    fingerprint: str
    effect: str
    reversible: bool
    egress: bool
    critical: list[str]
    payload: list[str]
    output_labels: list[str]
    origin: Literal["decorator", "yaml", "mcp", "openapi", "shipped", "framework"]
    """Who wrote the contract; `framework` when nobody did, and it was read off a framework's tool."""
    inferred: bool
    agents: list[str]
    """Who called it in the last seven days."""
    calls: int
    """In the last seven days."""
    denied: int
    contract: dict[str, Any]
    drift: ContractDrift | None
    first_seen: datetime
    last_seen: datetime


class Review(Ask):
    """Somebody has looked at a contract and takes it for the known one."""

    fingerprint: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """Of the contract that was looked at: another one is not reviewed by this."""
    by: Name = Field(min_length=1)


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
    told: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]], max_length=2000)
    """What tools say of themselves where a policy file says otherwise."""


class Registered(Wire):
    """What the registry took in."""

    agents: int
    tools: int
    changed: list[str]
    """Tools whose contract differs from the one known before."""
