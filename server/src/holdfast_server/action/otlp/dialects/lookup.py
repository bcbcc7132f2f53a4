"""The tables of all dialects, compiled: one look-up an attribute."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from holdfast_server.action.otlp.dialects.claude_code import CLAUDE_CODE
from holdfast_server.action.otlp.dialects.coding_agents import CODING_AGENTS
from holdfast_server.action.otlp.dialects.dialect import Dialect
from holdfast_server.action.otlp.dialects.frameworks import FRAMEWORKS
from holdfast_server.action.otlp.dialects.genai import GENAI
from holdfast_server.action.otlp.dialects.genai_old import GENAI_OLD
from holdfast_server.action.otlp.dialects.langfuse import LANGFUSE
from holdfast_server.action.otlp.dialects.logfire import LOGFIRE
from holdfast_server.action.otlp.dialects.openinference import OPENINFERENCE
from holdfast_server.action.otlp.dialects.openlit import OPENLIT
from holdfast_server.action.otlp.dialects.own import OWN
from holdfast_server.action.otlp.dialects.traceloop import TRACELOOP
from holdfast_server.action.otlp.dialects.vercel import VERCEL

DIALECTS: Final[tuple[Dialect, ...]] = (
    *(OWN, GENAI, GENAI_OLD, OPENINFERENCE, TRACELOOP, VERCEL),
    *(LANGFUSE, LOGFIRE, OPENLIT, FRAMEWORKS, CLAUDE_CODE, CODING_AGENTS),
)
"""The one that is believed first stands first."""

RANKS: Final = 1000
"""More names than a dialect can have for one field: `rank // RANKS` is the place of its dialect."""
REMEMBERED_MAX: Final = 20_000
MESSAGES_MAX: Final = 500


class Entry(NamedTuple):
    """What one attribute name means."""

    field: str
    """The field it fills; empty when it fills none."""
    rank: int
    """The lower, the sooner it is believed."""
    words: Mapping[str, str] | None = None
    """For `operation`: what its values mean."""
    nothing: tuple[str, ...] = ()
    """Values that stand for "unknown"."""
    part: tuple[str, int, str, bool] | None = None
    """For numbered messages: the side, the number, the rest of the name, whether a message tells it whole."""
    understood: bool = True


STRANGE: Final = Entry("", 0, understood=False)
_TOLD: Final = re.compile(
    r"role|content|function\.[0-9]+|contents\.[0-9]+\.message_content\.(?:text|type)|tool_call_id|"
    r"tool_calls\.[0-9]+\.(?:tool_call\.)?(?:id|name|arguments|function\.(?:name|arguments))"
)
"""Pieces of a numbered message that are told whole by the message that is put together of them."""
_PATTERN: Final = re.compile(r"([0-9]{1,4})\.(.+)", re.DOTALL)


def find_entry(name: str) -> Entry:
    """What an attribute name means."""
    entry = ENTRIES.get(name)
    return _resolve(name) if entry is None else entry


def name_dialects(mask: int) -> str:
    """The names of the dialects whose bits are set; the conventions are named last of all."""
    found = _NAMES.get(mask)
    if found is None:
        found = "+".join(one.name for place, one in enumerate(DIALECTS) if mask >> place & 1)
        if len(_NAMES) < REMEMBERED_MAX:
            _NAMES[mask] = found
    return found


def operation_by_name(name: str) -> str:
    """The operation that the name of a span tells, where attributes do not or tell it wrongly."""
    if not name.endswith(_ENDS) and not name.startswith(_STARTS):
        return ""
    return next(what for text, what in _SPANS.items() if _fits(name, text))


def _fits(name: str, text: str) -> bool:
    return name.startswith(text[:-1]) if text.endswith("*") else name.endswith(text)


def _resolve(name: str) -> Entry:
    """A name that no table lists whole: part of a numbered message, below a kept name, or strange."""
    entry = _part(name) or next((kept for start, kept in _BELOW if name.startswith(start)), STRANGE)
    if len(ENTRIES) < REMEMBERED_MAX:
        ENTRIES[name] = entry
    return entry


def _part(name: str) -> Entry | None:
    for start, family, rank in _FAMILIES:
        if name.startswith(start):
            found = _PATTERN.fullmatch(name, len(start))
            if found and int(found[1]) < MESSAGES_MAX:
                rest = found[2].removeprefix(family.inside)
                whole = _TOLD.fullmatch(rest) is not None
                return Entry("", rank, part=(family.side, int(found[1]), rest, whole))
    return None


def _compile() -> dict[str, Entry]:
    known: dict[str, Entry] = {}
    for place, dialect in enumerate(DIALECTS):
        for name in dialect.kept:
            if not name.endswith("*"):
                known.setdefault(name, Entry("", place * RANKS))
    for place, dialect in reversed(tuple(enumerate(DIALECTS))):
        for field, names in dialect.fields.items():
            for rank, name in enumerate(names, place * RANKS):
                known[name] = Entry(field, rank, nothing=dialect.says_nothing.get(name, ()))
        for rank, (name, words) in enumerate(dialect.operations.items(), place * RANKS):
            known[name] = Entry("operation", rank, words=words)
    return known


ENTRIES: Final = _compile()
"""Names that were met or are listed, and what they mean; `find_entry` adds to it."""
_NAMES: Final[dict[int, str]] = {0: ""}
_FAMILIES: Final = tuple(
    (family.prefix, family, place * RANKS)
    for place, dialect in enumerate(DIALECTS)
    for family in dialect.families
)
_BELOW: Final = tuple(
    (name[:-1], Entry("", place * RANKS))
    for place, dialect in enumerate(DIALECTS)
    for name in dialect.kept
    if name.endswith("*")
)
_SPANS: Final = {text: what for dialect in DIALECTS for text, what in dialect.spans.items()}
_ENDS: Final = tuple(text for text in _SPANS if not text.endswith("*"))
_STARTS: Final = tuple(text[:-1] for text in _SPANS if text.endswith("*"))
