"""Finding steps: decisions and outcomes from the control database, everything else from the spans."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Any, Final, cast

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.errors import NotFound, Unavailable
from holdfast_server.kit.db import Database
from holdfast_server.kit.paging import Page, PageAsk, read_cursor, write_cursor
from holdfast_server.kit.wire import NS_PER_MS, NS_PER_S, at, usd
from holdfast_server.record.runs import store
from holdfast_server.record.runs.conversation import put_together, read_messages
from holdfast_server.record.runs.counts import load_counts
from holdfast_server.record.runs.families import find_parts
from holdfast_server.record.runs.linking import LINKS_MAX, StepLink, StepLinks, describe, list_links
from holdfast_server.record.runs.rows import StepRow, show_step
from holdfast_server.record.runs.run import StepKind
from holdfast_server.record.runs.step import (
    Conversation,
    Explanation,
    LedgerPlaces,
    PriceNote,
    Step,
    StepDetail,
)
from holdfast_server.record.spans.chat import read_json, read_objects, shown
from holdfast_server.record.spans.span import Span
from holdfast_server.record.spans.store import SpanStore

CONVERSATION_SPANS: Final = 1000
US_PER_NS: Final = 1e-3

Placed = tuple[int, str, Step | None]
"""When a step began, its id, and what is shown of it; nothing where another stands for it."""


class Steps:
    """The steps of every run."""

    def __init__(self, db: Database, spans: SpanStore) -> None:
        self._db = db
        self._spans = spans

    async def page(self, run: str, page: PageAsk) -> Page[Step]:
        """The steps of the run's whole trace, and of traces that belong to it, in the order they began.

        Spans whose step has a decision are left out: the step stands for them.
        """
        after = read_cursor(page.cursor) if page.cursor else None
        most = page.limit + 1
        sources: list[list[Placed]] = []
        for trace in await self.traces_of(run):
            async with self._db.read() as connection:
                rows = await store.list_steps(connection, trace, after=after, limit=most)
            spans = await self._list_spans(trace, after=after, limit=most)
            async with self._db.read() as connection:
                known = await store.find_known_steps(connection, trace, [span.span_id for span in spans])
                missing = await _find_missing(connection, {trace, run})
            sources.append([(row.started_ns, row.id, show_step(row)) for row in rows])
            sources.append(
                [(span.start_ns, span.span_id, _show_unless(known, span, missing)) for span in spans]
            )
        # A source that was cut at the limit hides what follows, so nothing after its end may be shown yet.
        ends = [source[-1][:2] for source in sources if len(source) == most]
        merged = heapq.merge(*sources, key=lambda one: one[:2])
        whole = [one for one in merged if one[2] is not None and (not ends or one[:2] <= min(ends))]
        shown = whole[: page.limit]
        more = bool(ends) or len(whole) > page.limit
        last = shown[-1][:2] if len(whole) > page.limit or not ends else min(ends)
        items = [step for _, _, step in shown if step is not None]
        return Page(items=items, next=write_cursor(*last) if more else None)

    async def get(self, step: str, *, trace: str = "") -> StepDetail:
        """One step with everything known about it.

        Raises:
            NotFound: no such step or span arrived.
        """
        async with self._db.read() as connection:
            row = await store.find_step(connection, step, trace)
        span = await self._find_span(step, trace or (row.trace if row else ""))
        if row is None and span is None:
            raise NotFound(f"there is no step {step[:64]}", hint="A span is visible a second after it ended.")
        async with self._db.read() as connection:
            links = await list_links(connection, [row.trace if row else cast("Span", span).trace_id], step)
        return _detail(row, span, describe(links[:LINKS_MAX], span))

    async def links(self, run: str) -> StepLinks:
        """What the steps of a run name beside their parents, and what names them.

        Raises:
            NotFound: no such run arrived.
        """
        traces = await self.traces_of(run)
        async with self._db.read() as connection:
            found = await list_links(connection, traces)
        return StepLinks(links=found[:LINKS_MAX], cut=len(found) > LINKS_MAX)

    async def conversation(self, run: str) -> Conversation:
        """Everything said in the run's trace, each message once."""
        trace = await self._trace_of(run)
        try:
            spans = await self._spans.list_conversation(trace, limit=CONVERSATION_SPANS)
        except Unavailable:
            spans = list[Span]()
        family = trace == run
        wanted = [span for span in spans if family or span.run in ("", run)]
        return Conversation(messages=put_together(wanted))

    async def recent(self, run: str, *, before_ns: int, limit: int) -> list[Step]:
        """The last steps a run took before this moment."""
        async with self._db.read() as connection:
            rows = await store.list_steps_before(connection, run, before_ns=before_ns, limit=limit)
        return [show_step(row) for row in rows]

    async def traces_of(self, run: str) -> list[str]:
        """The run's own trace first, then those that were joined to it.

        Raises:
            NotFound: no such run arrived.
        """
        async with self._db.read() as connection:
            found = await store.load_runs(connection, [run])
            if run not in found:
                raise NotFound(f"there is no run {run[:64]}", hint="List them at /v1/runs.")
            parts = await find_parts(connection, found[run])
        return list(dict.fromkeys((found[run].trace, *(part.trace for part in parts))))

    async def _trace_of(self, run: str) -> str:
        async with self._db.read() as connection:
            found = await store.load_runs(connection, [run])
        if run not in found:
            raise NotFound(f"there is no run {run[:64]}", hint="List them at /v1/runs.")
        return found[run].trace

    async def _list_spans(self, trace: str, *, after: tuple[int, str] | None, limit: int) -> Sequence[Span]:
        try:
            return await self._spans.list_trace(trace, after=after, limit=limit)
        except Unavailable:
            return []  # the span store opens or is away; what was decided is shown all the same

    async def _find_span(self, step: str, trace: str) -> Span | None:
        try:
            return await self._spans.find(step, trace_id=trace)
        except Unavailable:
            return None


def show_span(span: Span, *, orphan: bool = False) -> Step:
    """A span that nobody decided on, as a step; an orphan where its parent is known not to be here."""
    return Step(
        id=span.span_id,
        run=span.run or span.trace_id,
        session=span.session,
        trace=span.trace_id,
        parent=span.parent_id,
        agent=span.agent or span.service,
        kind=cast("StepKind", span.step_kind),
        name=span.name,
        target=span.target,
        effect="",
        state="failed" if span.status == "error" else "done",
        verdict=None,
        stage="",
        reasons=[],
        obligations=[],
        bundle="",
        enforced=False,
        took_us=None,
        started_at=at(span.start_ns),
        ended_at=at(span.end_ns),
        duration_ms=(span.end_ns - span.start_ns) / NS_PER_MS,
        tokens_in=span.tokens_in,
        tokens_out=span.tokens_out,
        cost_usd=usd(span.cost_micro_usd) if span.billed else None,
        priced=not span.billed or span.cost_micro_usd is not None,
        model=span.model,
        provider=span.provider,
        error=span.status_message if span.status == "error" else "",
        labels=[],
        unendorsed=[],
        approval=None,
        ledger=LedgerPlaces(),
        governed=False,
        orphan=orphan,
    )


def _detail(row: StepRow | None, span: Span | None, links: list[StepLink]) -> StepDetail:
    """A step as its decision and its span tell it together."""
    step = show_step(row) if row else show_span(cast("Span", span))
    price = (row.price if row else None) or (_object(span.price) if span else None)
    timings = (row.timings_ns if row else None) or {}
    return StepDetail(
        **dict(step),
        arguments=shown(row.arguments) if row and row.arguments is not None else _content(span, "input"),
        result=shown(row.result) if row and row.result is not None else _content(span, "output"),
        messages_in=read_messages(span, "input") if span else [],
        messages_out=read_messages(span, "output") if span else [],
        attributes=dict(span.attributes) if span else {},
        events=_events(span),
        links=links,
        timings_us={stage: ns * US_PER_NS for stage, ns in timings.items()},
        explanation=[_explain(reason.rule, reason.message, reason.cure) for reason in step.reasons],
        price=_price(price),
    )


def _explain(rule: str, message: str, cure: str) -> Explanation:
    would = f" It would pass with: {cure}." if cure else ""
    return Explanation(title=rule, text=f"{message or 'This rule spoke.'}{would}")


def _price(note: dict[str, Any] | None) -> PriceNote | None:
    if not note:
        return None
    warnings = note.get("warnings")
    return PriceNote(
        source=str(note.get("source", "")),
        version=str(note.get("version", "")),
        model=str(note.get("model", "")),
        warnings=[str(one) for one in warnings] if isinstance(warnings, list) else [],  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # any JSON
    )


def _content(span: Span | None, field: str) -> Any:
    if span is None or span.step_kind == "model":
        return None
    text: str = getattr(span, field)
    return read_json(text) if text else None


def _object(text: str) -> dict[str, Any] | None:
    return msgspec.json.decode(text, type=dict[str, Any]) if text else None


def _events(span: Span | None) -> list[dict[str, Any]]:
    said = read_objects(span.events) if span else []
    return [{**one, "at": at(int(one.pop("at_ns", 0) or NS_PER_S))} for one in said]


def _show_unless(known: set[str], span: Span, missing: frozenset[str]) -> Step | None:
    return None if span.span_id in known else show_span(span, orphan=span.parent_id in missing)


async def _find_missing(connection: AsyncConnection, runs: set[str]) -> frozenset[str]:
    """Parents of these runs' spans that are not here; a decided step is here, also without its span."""
    counts = await load_counts(connection, runs)
    names = {name for one in counts.values() for name, _, _ in one.missing}
    decided = {step for _, step in await store.load_steps(connection, names)} if names else set[str]()
    return frozenset(names - decided)
