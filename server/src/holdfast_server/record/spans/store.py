"""What an engine that keeps spans must do."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec

from holdfast_server.record.spans.bare import BareSpans
from holdfast_server.record.spans.log import Log
from holdfast_server.record.spans.span import Span

EXAMPLE_MAX: Final = 200
"""Characters of an example."""
SURVEYED: Final = ("tool", "model", "start", "delegate")
"""What a survey counts."""


class Sighting(msgspec.Struct, frozen=True):
    """Calls of one kind to one target by one agent, in traces in which no guard works."""

    kind: str
    """start, model, tool, delegate …: a span's `step_kind`."""
    target: str
    agent: str
    calls: int
    last_ns: int


class Strange(msgspec.Struct, frozen=True):
    """An attribute that no dialect's table lists."""

    name: str
    spans: int
    last_ns: int
    scope: str
    """An instrumentation that sends it."""
    example: str
    """The beginning of a value."""


class Find(Protocol):
    """Finds spans of a trace that were stored, by their ids."""

    def __call__(self, trace_id: str, span_ids: Sequence[str], /) -> Awaitable[Sequence[Span]]:
        """Those that there are."""
        ...


class SpanStore(Protocol):
    """Keeps spans and finds them again; every adapter passes contract/test_span_store.py unchanged.

    A span is identified by trace and span id; the one written last stands.
    """

    async def open(self) -> None:
        """Make ready: connect, bring the schema up to date; may take seconds."""
        ...

    async def write(self, batch: Sequence[Span], *, token: str) -> None:
        """Store a batch durably against a kill of the process; writing it twice is the same as once.

        Args:
            batch: what to store, in any order.
            token: names the batch, so that an engine can recognise a repetition cheaply.

        Raises:
            Unavailable: nothing may have been kept; write it again.
        """
        ...

    async def write_rows(self, rows: Path, count: int, *, columns: Sequence[str], token: str) -> None:
        """Store a file of `span_rows` of these columns as `write` stores spans.

        Raises:
            Unavailable: nothing may have been kept; write it again.
        """
        ...

    async def write_logs(self, batch: Sequence[Log], *, token: str) -> None:
        """Store log records durably against a kill of the process; writing a batch twice is the same as once.

        Raises:
            Unavailable: nothing may have been kept; write it again.
        """
        ...

    async def rest(self) -> None:
        """Nothing waits to be stored: time for what was put off until then.

        Raises:
            Unavailable: it was not done; the next rest will do.
        """
        ...

    async def list_logs(self, trace_id: str, *, span_id: str = "", limit: int) -> Sequence[Log]:
        """What was said in a trace, or in one span of it, in its order."""
        ...

    async def list_trace(
        self, trace_id: str, *, after: tuple[int, str] | None = None, limit: int
    ) -> Sequence[Span]:
        """A trace's spans in the order they began, then by id; those after a place when given."""
        ...

    async def outline(self, trace_id: str, *, limit: int, digests: bool = False) -> BareSpans:
        """A trace's spans in the order they began, without their content; quick for fifty thousand."""
        ...

    async def list_some(self, trace_id: str, span_ids: Sequence[str]) -> Sequence[Span]:
        """Those of a trace's spans that have these ids, in the order they began."""
        ...

    async def find(self, span_id: str, *, trace_id: str = "") -> Span | None:
        """The newest span of this id, in this trace when given."""
        ...

    async def list_conversation(self, trace_id: str, *, limit: int) -> Sequence[Span]:
        """A trace's model calls that carry messages, in the order they began."""
        ...

    async def survey(self, since_ns: int, *, limit: int) -> Sequence[Sighting]:
        """What was done since then in traces in which no guard works, summed up, most calls first.

        Of model calls only the leaves count: a wrapper around a call is not another one.
        """
        ...

    async def list_strange(self, since_ns: int, *, limit: int) -> Sequence[Strange]:
        """Attributes not understood of spans that began since then, those of most spans first."""
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...
