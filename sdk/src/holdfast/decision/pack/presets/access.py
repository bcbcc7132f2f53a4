"""Who may do anything at all: agents, tools, servers of tools, accounts, people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

import msgspec

from holdfast.action import Contract
from holdfast.decision.pack.preset import (
    Effects,
    Guarded,
    Preset,
    Some,
    Word,
    both,
    effects_scope,
    forbid,
    make_scope,
    one_of,
    permit,
    quote,
    quote_all,
    unless_stated,
)

Template = Annotated[str, msgspec.Meta(pattern=r"^[^{}*]*\{server\}[^{}]*$")]


class AllowAgents(Preset, frozen=True, kw_only=True):
    """Agents may start, use models, delegate, speak, remember and answer."""

    category: ClassVar[str] = "control"
    example: ClassVar[str] = "{role: worker}"
    reads: ClassVar[str] = "the agent's role"
    exceeds: ClassVar[str] = "silence is refusal: what no rule allows does not happen"

    role: str = ""

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        yield permit(rule, action='action in Action::"holdfast:agent"', role=self.role)


class AllowEffects(Preset, frozen=True, kw_only=True):
    """Tools with these effects may be used."""

    category: ClassVar[str] = "tool_allowlist"
    example: ClassVar[str] = "{effects: [read, write]}"
    reads: ClassVar[str] = "the contract's effect, the agent's role"
    exceeds: ClassVar[str] = "by what a tool does to the world, so that a new tool needs no new rule"

    effects: Effects
    role: str = ""

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        yield permit(rule, action=effects_scope(self.effects), role=self.role, resource="resource is Tool")


class AllowTools(Preset, frozen=True, kw_only=True):
    """These tools may be used."""

    category: ClassVar[str] = "tool_allowlist"
    example: ClassVar[str] = "{tools: [refund, 'order_*'], role: billing}"
    reads: ClassVar[str] = "the tool's name, the agent's role"
    exceeds: ClassVar[str] = (
        "for every link of a chain of agents: a weak agent borrows nothing from a strong one"
    )

    tools: Some
    role: str = ""

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        action, when = make_scope(self.tools)
        yield permit(rule, action=action, role=self.role, resource="resource is Tool", when=when)


class DenyTools(Preset, frozen=True, kw_only=True):
    """These tools may not be used, whatever else allows them."""

    category: ClassVar[str] = "tool_allowlist"
    example: ClassVar[str] = "{tools: ['*_prod']}"
    reads: ClassVar[str] = "the tool's name"
    exceeds: ClassVar[str] = "no later rule and no other file lifts it"

    tools: Some

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        action, when = make_scope(self.tools)
        message = self.message or "This tool may not be used."
        yield forbid(rule, action=action, when=when, message=message, category=self.category)


class DescribedTools(Guarded, frozen=True, kw_only=True):
    """Only tools whose arguments somebody has written down; not those read off code."""

    category: ClassVar[str] = "tool_schema"
    example: ClassVar[str] = "{otherwise: approve, approver: platform}"
    reads: ClassVar[str] = "the contract: `context.described`"
    exceeds: ClassVar[str] = (
        "arguments are brought into one form before they are judged, and that form is what runs"
    )

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        yield self.refuse(rule, "!context.described", "Nobody has described this tool's arguments.")


class McpServers(Preset, frozen=True, kw_only=True):
    """Tools of MCP servers only from these servers."""

    category: ClassVar[str] = "mcp_allowlist"
    example: ClassVar[str] = "{servers: [github, files]}"
    reads: ClassVar[str] = "the tool's name"
    exceeds: ClassVar[str] = "every decision records the fingerprint of the tool's contract beside its name"

    servers: tuple[Word, ...]
    names: Template = "mcp__{server}__*"
    """How tools of a server are named."""

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        any_server = self.names.partition("{server}")[0] + "*"
        known = [f"resource.name like {quote(self.names.replace('{server}', one))}" for one in self.servers]
        yield forbid(
            rule,
            when=both(f"resource.name like {quote(any_server)}", f"!({' || '.join(known) or 'false'})"),
            message=self.message or "This MCP server is not one of those that may be used.",
            category=self.category,
        )


class ServiceAccounts(Guarded, frozen=True, kw_only=True):
    """Only with the credentials of these accounts."""

    category: ClassVar[str] = "service_account"
    example: ClassVar[str] = "{accounts: [billing-bot], effects: [spend]}"
    reads: ClassVar[str] = "the fact `service_account`"
    exceeds: ClassVar[str] = "by tool, effect and role; an account that nobody stated refuses"

    accounts: Some

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        when = unless_stated("service_account", one_of(self.accounts))
        yield self.refuse(rule, when, "This needs the credentials of another account.")


class PersonRequired(Guarded, frozen=True, kw_only=True):
    """Only on behalf of a person who is named."""

    category: ClassVar[str] = "identity"
    example: ClassVar[str] = "{effects: [send, spend, destroy]}"
    reads: ClassVar[str] = "`context.person`, the fact `verification`"
    exceeds: ClassVar[str] = "also how the person proved who they are, for each tool by itself"

    verification: tuple[Word, ...] = ()
    """How the person must have proved who they are, e.g. `mfa`."""

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        yield self.refuse(rule, 'context.person == ""', "This is done for a named person only.")
        if self.verification:
            when = unless_stated("verification", one_of(self.verification))
            yield self.refuse(f"{rule}/verified", when, "The person must prove first who they are.")


class KnownCode(Guarded, frozen=True, kw_only=True):
    """Only in these versions of the agent, or of the code that runs."""

    category: ClassVar[str] = "identity"
    example: ClassVar[str] = "{versions: ['1.4', '1.5']}"
    reads: ClassVar[str] = "`context.version`, the fact `code`"
    exceeds: ClassVar[str] = "an identity is bound to the digest of the code, not to a name alone"

    versions: tuple[Word, ...] = ()
    digests: tuple[Word, ...] = ()

    def __post_init__(self) -> None:
        if not self.versions and not self.digests:
            raise ValueError("name versions or digests")

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        if self.versions:
            when = f"!({quote_all(self.versions)}.contains(context.version))"
            yield self.refuse(
                f"{rule}/version", when, "This version may not do this.", kinds=("tool", "start")
            )
        if self.digests:
            when = unless_stated("code", one_of(self.digests))
            yield self.refuse(f"{rule}/code", when, "This code may not do this.", kinds=("tool", "start"))
