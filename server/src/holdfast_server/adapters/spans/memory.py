"""Spans kept in memory: for tests and for a server that shall forget."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from holdfast_server.record.spans.bare import BareSpans, strip
from holdfast_server.record.spans.log import Log
from holdfast_server.record.spans.rows import read_span_rows
from holdfast_server.record.spans.span import Span
from holdfast_server.record.spans.store import EXAMPLE_MAX, SURVEYED, Sighting, Strange


class MemorySpans:
    """Keeps spans for as long as the process lives."""

    def __init__(self) -> None:
        self.traces: dict[str, dict[str, Span]] = {}
        self.logs: list[Log] = []
        self._log_tokens: set[str] = set()

    async def open(self) -> None:
        """Nothing to do."""

    async def write(self, batch: Sequence[Span], *, token: str) -> None:  # noqa: ARG002  # repetition replaces
        """Store a batch."""
        for span in batch:
            self.traces.setdefault(span.trace_id, {})[span.span_id] = span

    async def write_rows(self, rows: Path, count: int, *, columns: Sequence[str], token: str) -> None:
        """Store a file of rows."""
        await self.write(
            list(read_span_rows(await asyncio.to_thread(rows.read_bytes), count, columns)), token=token
        )

    async def write_logs(self, batch: Sequence[Log], *, token: str) -> None:
        """Store log records, unless the batch was stored before."""
        if batch and token not in self._log_tokens:
            self._log_tokens.add(token)
            self.logs += batch

    async def rest(self) -> None:
        """Nothing is put off."""

    async def list_logs(self, trace_id: str, *, span_id: str = "", limit: int) -> Sequence[Log]:
        """What was said in a trace, in its order."""
        found = (log for log in self.logs if log.trace_id == trace_id and span_id in ("", log.span_id))
        return sorted(found, key=lambda log: log.at_ns)[:limit]

    async def list_trace(
        self, trace_id: str, *, after: tuple[int, str] | None = None, limit: int
    ) -> Sequence[Span]:
        """A trace's spans in the order they began."""
        spans = sorted(self.traces.get(trace_id, {}).values(), key=_place)
        return [span for span in spans if after is None or _place(span) > after][:limit]

    async def outline(self, trace_id: str, *, limit: int, digests: bool = False) -> BareSpans:
        """A trace's spans without their content."""
        return strip(await self.list_trace(trace_id, limit=limit), digests=digests)

    async def list_some(self, trace_id: str, span_ids: Sequence[str]) -> Sequence[Span]:
        """Those of a trace's spans that have these ids."""
        trace = self.traces.get(trace_id, {})
        return sorted((trace[one] for one in set(span_ids) if one in trace), key=_place)

    async def find(self, span_id: str, *, trace_id: str = "") -> Span | None:
        """The newest span of this id."""
        traces = [self.traces.get(trace_id, {})] if trace_id else self.traces.values()
        found = [trace[span_id] for trace in traces if span_id in trace]
        return max(found, key=_place, default=None)

    async def list_conversation(self, trace_id: str, *, limit: int) -> Sequence[Span]:
        """A trace's model calls that carry messages."""
        spans = await self.list_trace(trace_id, limit=len(self.traces.get(trace_id, {})))
        return [span for span in spans if span.step_kind == "model" and (span.input or span.output)][:limit]

    async def survey(self, since_ns: int, *, limit: int) -> Sequence[Sighting]:
        """What was done in traces in which no guard works."""
        found: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
        for trace in self.traces.values():
            fresh = [span for span in trace.values() if span.start_ns >= since_ns]
            if any(span.run for span in fresh):
                continue
            for span in fresh:
                if span.step_kind in SURVEYED and (span.step_kind != "model" or span.billed):
                    key = span.step_kind, span.target or span.model, span.agent or span.service
                    found[key].append(span.end_ns)
        seen = [Sighting(*key, calls=len(ends), last_ns=max(ends)) for key, ends in found.items()]
        return sorted(seen, key=lambda one: (-one.calls, one.kind, one.target, one.agent))[:limit]

    def all(self) -> Iterator[Span]:
        """Every span there is."""
        for trace in self.traces.values():
            yield from trace.values()

    async def list_strange(self, since_ns: int, *, limit: int) -> Sequence[Strange]:
        """Attributes that no dialect's table lists."""
        found: defaultdict[str, list[Span]] = defaultdict(list)
        for trace in self.traces.values():
            for span in trace.values():
                if span.start_ns >= since_ns:
                    for name in span.not_understood:
                        found[name].append(span)
        listed: list[Strange] = []
        for name, spans in found.items():
            newest = max(spans, key=_place)
            example = newest.attributes.get(name, "")[:EXAMPLE_MAX]
            ends = max(span.end_ns for span in spans)
            listed.append(Strange(name, len(spans), ends, newest.scope, example))
        return sorted(listed, key=lambda one: (-one.spans, one.name))[:limit]

    async def close(self) -> None:
        """Nothing to do."""


def _place(span: Span) -> tuple[int, str]:
    return span.start_ns, span.span_id
