"""What is to be done about what a text holds: the `content` section of a policy file, and its application."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, Literal, cast

import msgspec

from holdfast.decision.content.detect import Look, check_names, families_of, scan
from holdfast.decision.content.finding import TEXT_MAX, Family, Finding

DEPTH_MAX: Final = 32
ITEMS_MAX: Final = 10_000
RULES_MAX: Final = 200
FIND_MAX: Final = 32

Deed = Literal["label", "redact", "token", "ask", "deny"]
"""Mildest first; every rule labels the session, too."""
Name = Callable[[str, str], str]
"""Gives a value of a kind the token that stands for it."""


class Place(StrEnum):
    """Where a text stands on its way."""

    ARGUMENTS = "arguments"
    RESULTS = "results"
    REQUESTS = "requests"
    ANSWERS = "answers"
    OUTPUT = "output"


FROM_STRANGERS: Final = frozenset((Place.RESULTS,))
"""Where anybody's words may stand; elsewhere a person or an agent of the house may well give an order."""


class ContentRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to look for, where, and what to do about it."""

    find: tuple[str, ...]
    """Families (`secret`, `pii`, `injection`, `invisible`) and single kinds (`email`, `credit-card` …)."""
    do: Deed = "label"
    at: tuple[Place, ...] = tuple(Place)
    tools: tuple[str, ...] = ()
    """Only for these tools; empty means all, and the model."""
    least: float = 0.5
    """Findings that are less sure are passed over."""
    restore: tuple[str, ...] = ()
    """With `token`: tools whose arguments get the values back right before they are judged and run."""
    message: str = ""

    def __post_init__(self) -> None:
        if not 0 < len(self.find) <= FIND_MAX:
            raise ValueError(f"find takes 1 to {FIND_MAX} families or kinds")
        check_names(frozenset(self.find))
        if not 0 <= self.least <= 1:
            raise ValueError("least is between 0 and 1")
        if self.restore and self.do != "token":
            raise ValueError("restore goes with do: token")

    @property
    def families(self) -> frozenset[Family]:
        """Whose detectors must look."""
        return families_of(frozenset(self.find))

    def concerns(self, found: Finding) -> bool:
        """Whether a finding is one of those the rule is about."""
        return found.confidence >= self.least and (found.family.value in self.find or found.kind in self.find)


class Content(msgspec.Struct, frozen=True):
    """All rules about content, in the order of their files."""

    rules: tuple[ContentRule, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.rules)

    def at(self, place: Place, tool: str = "") -> tuple[ContentRule, ...]:
        """The rules for a place and a tool."""
        return tuple(
            rule for rule in self.rules if place in rule.at and (not rule.tools or tool in rule.tools)
        )

    def restores_in(self, tool: str) -> bool:
        """Whether tokens in this tool's arguments become values again."""
        return any(tool in rule.restore for rule in self.rules)


class Objection(msgspec.Struct, frozen=True):
    """A rule that wants a person, or nobody, to let a text through."""

    do: Literal["ask", "deny"]
    kinds: tuple[str, ...]
    message: str


class Reading(msgspec.Struct, frozen=True):
    """A value after the rules were applied to it."""

    value: Any
    """With what was to be taken out replaced."""
    labels: frozenset[str]
    """The families that were found: labels for the session."""
    kinds: frozenset[str]
    objections: tuple[Objection, ...]
    changed: bool


def apply(
    value: Any,
    rules: Sequence[ContentRule],
    *,
    place: Place,
    name: Name | None = None,
    look: Look = scan,
) -> Reading:
    """Look through a text, or every text in plain data, and do what the rules say.

    Args:
        value: what to read; it is left alone.
        rules: those for the place.
        place: where it stands.
        name: makes tokens; without it `token` redacts.
        look: finds what a text holds.
    """
    reader = _Reader(rules, outside=place in FROM_STRANGERS, name=name, look=look)
    read = reader.read(value, 0)
    return Reading(
        read, frozenset(reader.labels), frozenset(reader.kinds), tuple(reader.objections()), reader.changed
    )


class _Reader:
    """One application of some rules to one value."""

    def __init__(self, rules: Sequence[ContentRule], *, outside: bool, name: Name | None, look: Look) -> None:
        self._rules, self._outside, self._name, self._look = rules, outside, name, look
        self._families = frozenset[Family]().union(*(rule.families for rule in rules))
        self._stopped: dict[ContentRule, set[str]] = {}
        self.labels: set[str] = set()
        self.kinds: set[str] = set()
        self.changed = False

    def read(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if depth >= DEPTH_MAX:
            return value
        if isinstance(value, Mapping):
            items = cast("Mapping[Any, Any]", value).items()
            return {key: self.read(inner, depth + 1) for key, inner in items}
        if isinstance(value, list | tuple):
            return [self.read(inner, depth + 1) for inner in cast("Iterable[Any]", value)]
        return value

    def objections(self) -> Iterable[Objection]:
        for rule, kinds in self._stopped.items():
            told = rule.message or f"this holds {', '.join(sorted(kinds))}"
            yield Objection("deny" if rule.do == "deny" else "ask", tuple(sorted(kinds)), told)

    def _text(self, text: str) -> str:
        parts, end = list[str](), 0
        for found in self._look(text, self._families, outside=self._outside):
            rules = [rule for rule in self._rules if rule.concerns(found)]
            if not rules:
                continue
            self.labels.add(found.family.value)
            self.kinds.add(found.kind)
            for rule in rules:
                if rule.do in {"ask", "deny"}:
                    self._stopped.setdefault(rule, set()).add(found.kind)
            put = self._replacement(rules, found, text[found.start : found.end])
            if put is not None and found.start >= end:
                parts += (text[end : found.start], put)
                end = found.end
        if not parts:
            return text
        self.changed = True
        return "".join((*parts, text[end:] if len(text) <= TEXT_MAX else text[end:TEXT_MAX]))

    def _replacement(self, rules: Sequence[ContentRule], found: Finding, value: str) -> str | None:
        deeds = {rule.do for rule in rules}
        if "redact" in deeds or ("token" in deeds and self._name is None):
            return f"[redacted:{found.kind}]"
        return self._name(found.kind, value) if "token" in deeds and self._name is not None else None
