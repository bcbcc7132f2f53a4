"""Which data is read, written and remembered, where it came from, and what it is used for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Final, Literal

import msgspec

from holdfast.action import Contract
from holdfast.decision.content.rules import ContentRule, Deed, Place
from holdfast.decision.pack.preset import (
    Guarded,
    OneArgument,
    Preset,
    Settings,
    Some,
    Word,
    both,
    either,
    has,
    labelled,
    make_scope,
    one_of,
    quote,
    quote_all,
    unless_stated,
)

REDACTED: Final = "[redacted]"
Verb = Literal[
    "select", "insert", "update", "delete", "merge", "replace", "create", "alter", "drop",
    "truncate", "grant", "revoke", "explain", "analyze", "show", "describe", "values", "begin",
    "commit", "rollback", "set", "call", "copy", "vacuum", "refresh", "pragma", "use", "comment",
    "rename", "upsert", "table", "start", "savepoint",
]  # fmt: skip


class Sql(Guarded, frozen=True, kw_only=True):
    """SQL of these verbs and on these tables only."""

    category: ClassVar[str] = "data_access"
    example: ClassVar[str] = "{verbs: [select, explain], tables: [orders, customers], tools: [query]}"
    reads: ClassVar[str] = "`context.derived.sql_verbs`, `context.derived.sql_tables`"
    exceeds: ClassVar[str] = "inner statements count; what dialects read differently is refused, not guessed"

    verbs: Annotated[tuple[Verb, ...], msgspec.Meta(min_length=1)] = ("select", "explain", "show", "describe")
    tables: tuple[Word, ...] = ()
    """Tables it may name; without any, all."""
    hidden: tuple[Word, ...] = ()
    """Tables it may not name."""

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        told = f"Only {', '.join(self.verbs)} may be used here."
        verbs = f"!({quote_all(self.verbs)}.containsAll(context.derived.sql_verbs))"
        yield self.refuse(f"{rule}/verbs", verbs, told)
        inside = [one.lower() for one in self.tables]
        allowed = f"!({quote_all(inside)}.containsAll(context.derived.sql_tables))" if inside else ""
        outside = [*(one.lower() for one in self.hidden), "?"]
        barred = f"context.derived.sql_tables.containsAny({quote_all(outside)})" if self.hidden else ""
        if allowed or barred:
            yield self.refuse(f"{rule}/tables", either(allowed, barred), "This table may not be used here.")


class DataAccess(Guarded, frozen=True, kw_only=True):
    """Only these memories, and files below these folders."""

    category: ClassVar[str] = "data_access"
    example: ClassVar[str] = "{folders: [/srv/reports, ./data], hidden: [/srv/reports/board]}"
    reads: ClassVar[str] = "`context.paths_outside[…]`, `context.derived.path_folders`"
    exceeds: ClassVar[str] = "paths in one spelling: `..`, drives, percent signs and cases cannot lead around"

    folders: Some
    """Folders; `.` is the working folder."""
    hidden: tuple[Word, ...] = ()
    """Folders below them that may not be touched."""

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        outside = f"context.paths_outside[{quote(' '.join(self.folders))}]"
        listed = quote_all(one.lower().rstrip("/") for one in self.hidden)
        barred = f"context.derived.path_folders.containsAny({listed})" if self.hidden else ""
        yield self.refuse(rule, either(outside, barred), "This file may not be touched.")


class LabelsNeverReach(Preset, frozen=True, kw_only=True):
    """A session that holds one of these labels may not reach the sink."""

    category: ClassVar[str] = "information_flow"
    example: ClassVar[str] = "{labels: [pii, secret], sink: external}"
    reads: ClassVar[str] = "labels that everything the session read has brought"
    exceeds: ClassVar[str] = (
        "labels are followed by Holdfast, through delegation and memory, not by the program"
    )

    labels: Some
    sink: Literal["external", "tools"] = "external"
    tools: tuple[str, ...] = ()

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        action, named = make_scope(self.tools)
        external = self.sink == "external"
        if external and not self.tools:
            action, external = 'action in Action::"holdfast:egress"', False
        when = both(named, "context.egress" if external else "", labelled(self.labels))
        told = f"Data labelled {', '.join(self.labels)} may not leave."
        yield self.forbid(rule, told, action=action, when=when)


class Redact(OneArgument, frozen=True, kw_only=True):
    """An argument is blotted out before the tool sees it."""

    category: ClassVar[str] = "content"
    example: ClassVar[str] = "{tool: crm_note, arg: body}"
    reads: ClassVar[str] = "one argument"
    exceeds: ClassVar[str] = "the changed call is judged again, and what was judged is what runs"

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        when = both(has(self.arg), f"context.args.{self.arg} != {quote(REDACTED)}")
        blotted = f"transform:redact:{self.arg}"
        yield self.forbid(rule, f"{self.arg} was redacted.", action=self.action, when=when, on=blotted)


class HoldContent(Preset, frozen=True, kw_only=True):
    """What is done about personal data, secrets, injected instructions and invisible text."""

    category: ClassVar[str] = "content"
    example: ClassVar[str] = "{find: [secret, pii], do: redact, at: [arguments, requests]}"
    reads: ClassVar[str] = "what the detectors find in arguments, results, requests, answers and output"
    exceeds: ClassVar[str] = (
        "tokens that become values again where they may; every detector has its report card"
    )

    find: Some
    """Families (`secret`, `pii`, `injection`, `invisible`) and single kinds (`email`, `credit-card` …)."""
    do: Deed = "redact"
    at: Annotated[tuple[Place, ...], msgspec.Meta(min_length=1)] = tuple(Place)
    tools: tuple[Word, ...] = ()
    """Only for these tools; without any for all, and for the model."""
    least: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.5
    """Findings that are less sure are passed over."""
    restore: tuple[Word, ...] = ()
    """With `token`: tools whose arguments get the values back."""

    def __post_init__(self) -> None:
        self.configure()

    def configure(self) -> Settings:
        said = {name: getattr(self, name) for name in ContentRule.__struct_fields__}
        return Settings(content=(ContentRule(**said),))


class PurposeRequired(Guarded, frozen=True, kw_only=True):
    """Personal data only for these purposes."""

    category: ClassVar[str] = "privacy"
    example: ClassVar[str] = "{purposes: [support, billing], labels: [pii]}"
    reads: ClassVar[str] = "labels, the fact `purpose`"
    exceeds: ClassVar[str] = "from the moment the session has read such data on, whichever tool brought it"

    purposes: Some
    labels: tuple[Word, ...] = ("pii",)
    """From when on: the session holds one of these; without any, always."""

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        when = both(labelled(self.labels), unless_stated("purpose", one_of(self.purposes)))
        yield self.refuse(rule, when, f"This data is for {', '.join(self.purposes)}: state the purpose.")


class ProvenanceRequired(Guarded, frozen=True, kw_only=True):
    """Only content whose sources are stated, and are among these where any are named."""

    category: ClassVar[str] = "provenance"
    example: ClassVar[str] = "{sources: [handbook, crm], effects: [write]}"
    reads: ClassVar[str] = "the fact `sources`"
    exceeds: ClassVar[str] = "beside labels, which stay whatever a program states"

    sources: tuple[Word, ...] = ()

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        known = "!context.facts.sources.isEmpty()"
        if self.sources:
            known = both(known, f"{quote_all(self.sources)}.containsAll(context.facts.sources)")
        when = f"!(context.facts has sources && {known})"
        yield self.refuse(rule, when, "Where this content came from is not known.")


class MemoryScope(Guarded, frozen=True, kw_only=True):
    """Only these memories, never from a session with these labels, and only with a version to go back to."""

    category: ClassVar[str] = "memory"
    example: ClassVar[str] = "{memories: ['shop/*'], labels: [untrusted, secret], snapshot: true}"
    reads: ClassVar[str] = "the memory's name, labels, the fact `snapshot`"
    exceeds: ClassVar[str] = "what read untrusted content cannot write; where asked, only with a way back"

    memories: Some = ("*",)
    """Names, with `*`."""
    labels: tuple[Word, ...] = ("untrusted",)
    snapshot: bool = False
    """Whether the version before must be kept."""

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        memory = 'action == Action::"holdfast:memory"'
        if "*" not in self.memories:
            names = " || ".join(f"resource.name like {quote(one)}" for one in self.memories)
            yield self.refuse(f"{rule}/name", f"!({names})", "This memory may not be used.", action=memory)
        if self.labels:
            told = f"A session that has read {', '.join(self.labels)} content writes no memory."
            yield self.refuse(f"{rule}/labels", labelled(self.labels), told, action=memory)
        if self.snapshot:
            kept = unless_stated("snapshot", lambda it: f'{it} != ""')
            told = "The version of the memory before must be kept first."
            yield self.refuse(f"{rule}/snapshot", kept, told, action=memory)
