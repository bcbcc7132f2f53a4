"""A large run in parts: the outline of all of it at once, and the steps that somebody looks at."""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.errors import Invalid, Unavailable
from holdfast_server.kit.db import Database
from holdfast_server.record.runs import store
from holdfast_server.record.runs.comparing import (
    COMPARED_MAX,
    Comparison,
    Mark,
    compare,
    first,
    parted,
    say,
)
from holdfast_server.record.runs.outline import (
    Flag,
    Line,
    Outline,
    columns_of,
    lines_of,
    merge,
    outline,
    turned,
)
from holdfast_server.record.runs.projection import BILLED, LIVE
from holdfast_server.record.runs.rows import show_step
from holdfast_server.record.runs.run import RunSummary
from holdfast_server.record.runs.step import Step
from holdfast_server.record.runs.steps import Steps, show_span
from holdfast_server.record.runs.tables import steps
from holdfast_server.record.spans.bare import BareSpans
from holdfast_server.record.spans.span import Span
from holdfast_server.record.spans.store import SpanStore

OUTLINE_MAX: Final = 200_000
"""Steps in one outline: about 12 MB on the wire before compression."""
WINDOW_MAX: Final = 200
"""Steps asked for by their ids at once."""

_NARROW: Final = (
    "started_ns",
    "id",
    "parent",
    "ended_ns",
    "kind",
    "target",
    "agent",
    "state",
    "verdict",
    "tokens_in",
    "tokens_out",
    "cost_micro_usd",
    "error",
)
_ERROR, _DECIDED, _UNPRICED = Flag.ERROR.value, Flag.DECIDED.value, Flag.UNPRICED.value
_OF_STATE: Final = {
    **dict.fromkeys(LIVE, Flag.IN_FLIGHT.value),
    "failed": _ERROR,
    "refused": Flag.REFUSED.value,
}
_REFUSING: Final = frozenset({"refused", "deny", "halt", "halted"})
_OF_VERDICT: Final = {"": 0, "deny": _DECIDED | Flag.REFUSED.value, "halt": _DECIDED | Flag.REFUSED.value}
"""Any other verdict says only that it was decided."""


class Windows:
    """Looks at runs of any size."""

    def __init__(self, db: Database, spans: SpanStore, steps: Steps) -> None:
        self._db = db
        self._spans = spans
        self._steps = steps

    async def outline(self, run: str) -> Outline:
        """The run's whole trace, child runs included, as far as one outline may hold.

        Raises:
            NotFound: no such run arrived.
        """
        traces, decided, seen = await self._find(run, limit=OUTLINE_MAX + 1, digests=False)
        return await asyncio.to_thread(_outline, run, traces, decided, seen)

    async def lines(
        self, run: str, *, limit: int, digests: bool = False
    ) -> tuple[Sequence[str], list[Line], int]:
        """The run's traces, their first lines in the order they began, and how many steps there are at least.

        Raises:
            NotFound: no such run arrived.
        """
        traces, decided, seen = await self._find(run, limit=limit + 1, digests=digests)
        merged = await asyncio.to_thread(_merged, decided, seen)
        return traces, merged[:limit], len(merged)

    async def steps(self, run: str, ids: Sequence[str]) -> list[Step]:
        """The steps of the run's traces that have these ids, as many as there are, in the order they began.

        Raises:
            NotFound: no such run arrived.
        """
        traces = await self._steps.traces_of(run)
        async with self._db.read() as connection:
            rows = await store.load_steps(connection, ids)
        found = {row.id: show_step(row) for row in rows.values() if row.trace in traces}
        for trace in traces:
            rest = [one for one in ids if one not in found]
            if rest:
                found |= {span.span_id: show_span(span) for span in await self._some_spans(trace, rest)}
        return sorted(found.values(), key=lambda step: (step.started_at, step.id))

    async def spans(self, wanted: Sequence[Step]) -> Sequence[Span]:
        """The whole spans of these steps, as many as arrived."""
        by_trace: defaultdict[str, list[str]] = defaultdict(list)
        for step in wanted:
            by_trace[step.trace].append(step.id)
        return [span for trace, ids in by_trace.items() for span in await self._some_spans(trace, ids)]

    async def compare(self, left: RunSummary, right: RunSummary) -> Comparison:
        """Two runs side by side, each with what it started, as far as runs are compared."""
        _, ours, all_ours = await self.lines(left.id, limit=COMPARED_MAX, digests=True)
        _, theirs, all_theirs = await self.lines(right.id, limit=COMPARED_MAX, digests=True)
        pairs, depths = await asyncio.to_thread(compare, ours, theirs)
        diverged = parted(ours, theirs, pairs)
        return Comparison(
            left_run=left,
            right_run=right,
            left=pairs.left,
            right=pairs.right,
            marks=pairs.marks,
            depths=depths,
            diverged=diverged,
            arguments_diverged=first(pairs.marks, Mark.ARGUMENTS),
            text=say(ours, theirs, pairs, diverged),
            truncated=max(all_ours, all_theirs) > COMPARED_MAX,
        )

    async def _find(
        self, run: str, *, limit: int, digests: bool
    ) -> tuple[Sequence[str], list[Line], list[BareSpans]]:
        """The run's traces, what was decided in them, and the spans of each."""
        traces = await self._steps.traces_of(run)
        decided: list[Line] = []
        async with self._db.read() as connection:
            for trace in traces:
                decided += await _list_lines(connection, trace, limit=limit, digests=digests)
        seen = [await self._outline_spans(trace, limit=limit, digests=digests) for trace in traces]
        return traces, decided, seen

    async def _outline_spans(self, trace: str, *, limit: int, digests: bool) -> BareSpans:
        try:
            return await self._spans.outline(trace, limit=limit, digests=digests)
        except Unavailable:
            return BareSpans()  # the span store opens or is away; what was decided is shown all the same

    async def _some_spans(self, trace: str, ids: Sequence[str]) -> Sequence[Span]:
        try:
            return await self._spans.list_some(trace, ids)
        except Unavailable:
            return ()


def read_ids(text: str) -> list[str]:
    """The ids in a list with commas.

    Raises:
        Invalid: they are more than a window holds.
    """
    ids = [one.strip() for one in text.split(",") if one.strip()]
    if len(ids) > WINDOW_MAX:
        raise Invalid(f"{len(ids)} ids are too many", hint=f"Ask for {WINDOW_MAX} at once.")
    return ids


def _outline(run: str, traces: Sequence[str], decided: Sequence[Line], seen: Sequence[BareSpans]) -> Outline:
    if not decided and len(seen) == 1:
        # Nothing to merge: the columns are there already, and fifty thousand lines need not be made of them.
        columns, total = columns_of(seen[0]), len(seen[0].ids)
    else:
        lines = _merged(decided, seen)
        columns, total = turned(lines), len(lines)
    shown = [column[:OUTLINE_MAX] for column in columns] if total > OUTLINE_MAX else columns
    return outline(run, traces[0], shown, total=total)


def _merged(decided: Sequence[Line], seen: Sequence[BareSpans]) -> list[Line]:
    return merge(decided, [line for spans in seen for line in lines_of(spans)])


async def _list_lines(connection: AsyncConnection, trace: str, *, limit: int, digests: bool) -> list[Line]:
    """What was decided in a trace, in the order it began."""
    said = sa.cast(steps.c.arguments, sa.Text) if digests else sa.null()
    query = sa.select(*(steps.c[name] for name in _NARROW), said.label("said")).where(steps.c.trace == trace)
    rows = await connection.execute(query.order_by(steps.c.started_ns, steps.c.id).limit(limit))
    return _lines(rows.all())


def _lines(rows: Sequence[sa.Row[Any]]) -> list[Line]:
    """Rows as lines, column by column: row by row it took four times as long (measured, 50,000 rows)."""
    if not rows:
        return []
    starts, ids, parents, ends, kinds, targets, agents, states, spoken, into, out, costs, errors, said = zip(
        *rows, strict=True
    )
    verdicts = [verdict or "" for verdict in spoken]
    flags = [
        _OF_STATE.get(state, 0)
        | _OF_VERDICT.get(verdict, _DECIDED)
        | (_ERROR if error and state not in _REFUSING and verdict not in _REFUSING else 0)
        | (_UNPRICED if cost is None and kind == "model" and state == "done" else 0)
        for state, verdict, error, cost, kind in zip(states, verdicts, errors, costs, kinds, strict=True)
    ]
    names = [target or kind for target, kind in zip(targets, kinds, strict=True)]
    # What only repeats what its children used would count twice in the sum of a branch.
    own = [kind in BILLED for kind in kinds]
    into = [tokens if counts else 0 for tokens, counts in zip(into, own, strict=True)]
    out = [tokens if counts else 0 for tokens, counts in zip(out, own, strict=True)]
    costs = [cost if counts else None for cost, counts in zip(costs, own, strict=True)]
    digests = map(_digest, said)
    columns = (starts, ids, parents, ends, kinds, names, targets, agents, states, verdicts, into, out, costs)
    return list(map(Line._make, zip(*columns, flags, digests, strict=True)))


def _digest(text: str | None) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest()) if text else 0
