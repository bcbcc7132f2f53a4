"""A log record as it is kept: what a program said, and the span in which it said it."""

from __future__ import annotations

from typing import Final

import msgspec


class Log(msgspec.Struct, frozen=True, gc=False):
    """One log record; its trace and span are empty where it was said outside of any."""

    trace_id: str
    span_id: str
    at_ns: int
    name: str = ""
    """The event's name, such as `gen_ai.user.message`; empty for a plain line."""
    severity: str = ""
    body: str = ""
    """JSON; a text as it is."""
    attributes: dict[str, str] = {}
    """Each value as JSON; strings as they are."""
    resource: dict[str, str] = {}
    scope: str = ""


LOG_COLUMNS: Final[tuple[str, ...]] = Log.__struct_fields__
