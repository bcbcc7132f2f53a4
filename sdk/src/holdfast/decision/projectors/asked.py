"""Attributes whose name is the question: `context.hosts_outside["*.corp.example"]`, `context.local["UTC"]`.

Cedar cannot match every element of a set against patterns, and knows no time zones. A policy names what it
asks in the attribute, and the answer is computed for the tools whose policies ask.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from holdfast.action import Contract
from holdfast.decision.budgets import find_zone
from holdfast.decision.cedar import Record
from holdfast.decision.cedar.shapes import BOOL, LONG, Shape, record
from holdfast.decision.projectors.history import Moment
from holdfast.decision.projectors.mail import domain_of, recipient_domains
from holdfast.decision.projectors.network import host_of, url_hosts
from holdfast.decision.projectors.offered import is_one_of, offered_tools
from holdfast.decision.projectors.path import is_within, normalise, paths
from holdfast.decision.projectors.texts import UNREADABLE

NS_PER_S: Final = 1_000_000_000
PATTERNS_MAX: Final = 1_000

Answer = Callable[[Moment], Any]


class Asked(NamedTuple):
    """How an answer is computed, and its type."""

    make: Callable[[str, Contract], Answer]
    """From the question; raises ValueError for one that makes no sense."""
    shape: Shape


def local(zone: str, contract: Contract) -> Answer:
    """The time where somebody lives: `clock` as hhmm, `date` as yyyymmdd, `weekday` from Monday, 1, on."""
    del contract
    here = find_zone(zone)

    def answer(moment: Moment) -> Record:
        now = datetime.fromtimestamp(moment.now_ns // NS_PER_S, here)
        date = (now.year * 100 + now.month) * 100 + now.day
        return Record(clock=now.hour * 100 + now.minute, date=date, weekday=now.isoweekday())

    return answer


def hosts_outside(patterns: str, contract: Contract) -> Answer:
    """Whether a URL leads to a host that is none of these; `*.x` stands for every host below x."""
    inside = _names(patterns, host_of)
    return lambda moment: not all(map(inside, url_hosts(moment.arguments, contract)))


def domains_outside(patterns: str, contract: Contract) -> Answer:
    """Whether a recipient's domain is none of these; `*.x` stands for every domain below x."""
    inside = _names(patterns, domain_of)
    return lambda moment: not all(map(inside, recipient_domains(moment.arguments, contract)))


def paths_outside(roots: str, contract: Contract) -> Answer:
    """Whether a path leads out of all of these folders."""
    wanted = tuple(map(normalise, _words(roots)))
    if UNREADABLE in wanted:
        raise ValueError(f"{_words(roots)[wanted.index(UNREADABLE)]} is not a folder that can be compared")
    return lambda moment: any(
        not any(is_within(path, root) for root in wanted) for path in paths(moment.arguments, contract)
    )


def tools_among(patterns: str, contract: Contract) -> Answer:
    """Whether a tool is offered that is one of these; a `*` stands for anything."""
    named = is_one_of(_words(patterns))
    return lambda moment: any(map(named, offered_tools(moment.arguments, contract)))


def tools_outside(patterns: str, contract: Contract) -> Answer:
    """Whether a tool is offered that is none of these; a `*` stands for anything."""
    named = is_one_of(_words(patterns))
    return lambda moment: not all(map(named, offered_tools(moment.arguments, contract)))


ASKED: Final[Mapping[str, Asked]] = {
    "domains_outside": Asked(domains_outside, BOOL),
    "hosts_outside": Asked(hosts_outside, BOOL),
    "local": Asked(local, record(clock=LONG, date=LONG, weekday=LONG)),
    "paths_outside": Asked(paths_outside, BOOL),
    "tools_among": Asked(tools_among, BOOL),
    "tools_outside": Asked(tools_outside, BOOL),
}
"""The attributes of the context whose own attributes are questions."""


def _words(text: str) -> list[str]:
    words = text.split(" ")
    if not all(words) or len(words) > PATTERNS_MAX:
        raise ValueError("name one or more, with one space between them")
    return words


def _names(patterns: str, spell: Callable[[str], str]) -> Callable[[str], bool]:
    words = _words(patterns)
    below = tuple("." + spell(word[2:]) for word in words if word.startswith("*."))
    exact = frozenset(spell(word) for word in words if not word.startswith("*."))
    if UNREADABLE in exact or "." + UNREADABLE in below or any("*" in word[2:] for word in words):
        raise ValueError("a star may only stand in front, as in *.corp.example")
    return lambda name: name in exact or name.endswith(below)
