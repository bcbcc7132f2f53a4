"""A run as a recording: what its models answered and its tools returned, to be gone through again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, Literal, cast

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.record.recording import STEPS_MAX, RecordedStep, Recording
from holdfast_server.errors import NotFound
from holdfast_server.kit.db import Database
from holdfast_server.record.runs import store
from holdfast_server.record.runs.rows import StepRow
from holdfast_server.record.spans.chat import list_in
from holdfast_server.record.spans.span import Span
from holdfast_server.record.spans.store import SpanStore

RAN: Final = frozenset({"done", "failed"})
KINDS: Final = frozenset({"model", "tool"})
PAGE: Final = 1_000
FAMILY_MAX: Final = 1_000
"""Runs of one trace that are looked at."""
SPANS_MAX: Final = 4 * STEPS_MAX
"""Spans of a trace that are read for their contents; some stand for no step."""


class Recordings:
    """Reads recordings out of what was kept."""

    def __init__(self, db: Database, spans: SpanStore) -> None:
        self._db = db
        self._spans = spans

    async def get(self, run: str) -> Recording:
        """The recording of a run and of those it started.

        Raises:
            NotFound: no such run, or nobody decided on it: only the SDK records enough to replay.
            Unavailable: the span store, which keeps what was said, is away.
        """
        async with self._db.read() as connection:
            found = (await store.load_runs(connection, [run])).get(run)
            if found is None or not found.governed:
                raise NotFound(
                    f"there is no recording of run {run[:64]}",
                    hint="Only runs that the SDK governed can be replayed.",
                )
            known = await store.list_family(connection, found.trace, FAMILY_MAX)
            family = _below(run, {one.id: one.parent_run for one in known})
            ran = [row async for row in _read_steps(connection, found.trace) if row.run in family]
        said = await self._read_contents(found.trace)
        steps = tuple(_recorded(row, said.get(row.id)) for row in ran[:STEPS_MAX])
        return Recording(run, found.agent, steps, cut=len(ran) > STEPS_MAX)

    async def _read_contents(self, trace: str) -> Mapping[str, Span]:
        """What was said and returned, by step."""
        found: dict[str, Span] = {}
        after: tuple[int, str] | None = None
        while len(found) < SPANS_MAX:
            page = await self._spans.list_trace(trace, after=after, limit=PAGE)
            found |= {span.span_id: span for span in page if span.step_kind in KINDS}
            if len(page) < PAGE:
                break
            after = page[-1].start_ns, page[-1].span_id
        return found


async def _read_steps(connection: AsyncConnection, trace: str) -> AsyncIterator[StepRow]:
    """The calls of models and tools that ran, in order."""
    after: tuple[int, str] | None = None
    for _ in range(SPANS_MAX // PAGE):
        rows = await store.list_steps(connection, trace, after=after, limit=PAGE)
        for row in rows:
            if row.kind in KINDS and row.state in RAN:
                yield row
        if len(rows) < PAGE:
            return
        after = rows[-1].started_ns, rows[-1].id


def _below(run: str, above: Mapping[str, str]) -> frozenset[str]:
    """A run and those it started, directly or not."""
    found = {run}
    for _ in above:
        more = {one for one, parent in above.items() if parent in found} - found
        if not more:
            break
        found |= more
    return frozenset(found)


def _recorded(row: StepRow, span: Span | None) -> RecordedStep:
    kind = cast("Literal['model', 'tool']", row.kind)
    arguments = cast("dict[str, Any]", row.arguments) if isinstance(row.arguments, dict) else {}
    return RecordedStep(
        id=row.id,
        agent=row.agent,
        kind=kind,
        target=row.target,
        arguments=arguments,
        failed=row.state == "failed",
        error=row.error,
        result=_result(row, span) if kind == "tool" else "",
        answer=_answer(span) if kind == "model" and span is not None else (),
        usage=_counts(row.usage),
    )


def _result(row: StepRow, span: Span | None) -> str:
    """The whole of it stands in the span; what the record shows is cut."""
    if span is not None and span.output:
        return span.output
    return row.result if isinstance(row.result, str) else msgspec.json.encode(row.result).decode()


def _answer(span: Span) -> tuple[dict[str, Any], ...]:
    said = list_in(span.output) or ()
    return tuple(cast("dict[str, Any]", one) for one in said if isinstance(one, dict))


def _counts(usage: Any) -> dict[str, int]:
    counted = cast("dict[str, Any]", usage) if isinstance(usage, dict) else {}
    return {name: count for name, count in counted.items() if isinstance(count, int)}
