"""Runs that are known by their traces only: nobody decided on them, but they are seen.

Spans come in any order, late, twice, with clocks that are off and without the one that holds the rest. A run
takes its times and its end from its root as soon as that is here; until then it lives.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.record import attributes as a
from holdfast_server.kit.clock import system_clock
from holdfast_server.kit.db import chunks, insert_new, upsert
from holdfast_server.kit.wire import NS_PER_S
from holdfast_server.record.books.books import Books
from holdfast_server.record.books.keeping import keep
from holdfast_server.record.runs import store
from holdfast_server.record.runs.bookkeeping import book_span, converses, is_ours, name_run_by_span, names_of
from holdfast_server.record.runs.counts import CountRow, load_counts, note_missing, save_counts
from holdfast_server.record.runs.linking import note_links
from holdfast_server.record.runs.projection import NS_PER_MINUTE, Spent
from holdfast_server.record.runs.rows import RunRow
from holdfast_server.record.runs.seen import Seen, load_seen, save_seen
from holdfast_server.record.runs.session_rows import link_traces, note_sessions
from holdfast_server.record.runs.tables import run_uses, runs
from holdfast_server.record.runs.taking_back import note_wrappers, take_back
from holdfast_server.record.spans.chat import TITLE_MAX, opening
from holdfast_server.record.spans.span import Span
from holdfast_server.record.spans.store import Find
from holdfast_server.record.spans.wrapper import as_wrapper

LATE_NS: Final = 10 * NS_PER_S
"""What comes so long after the end of its run came is late."""
AHEAD_NS: Final = 86_400 * NS_PER_S
"""A clock that is further ahead of ours is not believed."""


class Counted(msgspec.Struct, frozen=True):
    """What came of counting some spans."""

    runs: set[str]
    """Those that only traces tell of."""
    wrappers: bool
    """Whether the span store has spans as calls that are wrappers."""


async def take_spans(
    connection: AsyncConnection, spans: Iterable[Span], *, find: Find, now_ns: int = 0
) -> Counted:
    """Count spans into their runs, each once.

    Args:
        connection: in a transaction that may write; whoever keeps a place in the spans' order keeps it there.
        spans: in any order, new or not; stored already.
        find: asked for calls that turn out to be wrappers, when what they wrap comes after them.
        now_ns: the time; the clock's when it is not given.
    """
    some = list(spans)
    now_ns = now_ns or system_clock()
    seen = await load_seen(connection, {span.trace_id for span in some})
    governed = await _governed_traces(connection, set(seen))
    named = {*seen, *(span.run for span in some if span.run)}
    counts = await load_counts(connection, named.union(*(one.runs for one in seen.values())))
    changing = {
        one for span in some if _is_folded(span, governed) for one in (span.trace_id, span.run) if one
    }
    folded = Folded(seen, governed, await store.load_runs(connection, changing), counts, now_ns)
    folded.around = {(span.trace_id, span.span_id): span for span in some}
    folded.take(some)
    folded.look_for_missing()
    for trace, ids in folded.wrong.items():
        for was in await find(trace, sorted(ids)):
            if was.billed:
                await take_back(connection, folded.run_of(was), was, folded.believe(was.end_ns))
    touched = folded.touched
    await upsert(connection, runs, list(touched.values()))
    await save_counts(connection, folded.counts.values())
    await save_seen(connection, seen, now_ns=now_ns)
    await store.add_spend(connection, folded.spent)
    await keep(connection, folded.books, {})
    await note_sessions(connection, touched.values())
    await link_traces(connection, folded.links, now_ns=now_ns)
    await note_links(connection, folded.naming)
    await note_wrappers(connection, folded.wrappers, now_ns=now_ns)
    await _note_uses(connection, folded.uses)
    return Counted(set(touched), wrappers=bool(folded.wrappers))


async def _note_uses(connection: AsyncConnection, uses: Iterable[tuple[str, str, str]]) -> None:
    rows = [{"kind": kind, "name": name, "run": run} for kind, name, run in sorted(uses)]
    await insert_new(connection, run_uses, rows)


async def _governed_traces(connection: AsyncConnection, traces: set[str]) -> set[str]:
    governed: set[str] = set()
    for some in chunks(traces):
        query = select(runs.c.trace).where(runs.c.trace.in_(some), runs.c.governed)
        governed |= set((await connection.scalars(query)).all())
    return governed


class Folded:
    """What a block of spans comes to: a fold without I/O."""

    def __init__(
        self,
        seen: Mapping[str, Seen],
        governed: set[str],
        known: dict[str, RunRow],
        counts: dict[str, CountRow],
        now_ns: int,
    ) -> None:
        self.counts = counts
        self.touched: dict[str, RunRow] = {}
        """Runs that changed, and that only their traces tell of."""
        self.spent: defaultdict[tuple[int, str], Spent] = defaultdict(Spent)
        self.books = Books()
        self.around: Mapping[tuple[str, str], Span] = {}
        """The block's spans by trace and id."""
        self.links: set[tuple[str, str]] = set()
        """Runs, and the other traces in which they worked."""
        self.naming: list[Span] = []
        """Spans that name others beside their parent."""
        self._seen, self._governed, self._known, self._now_ns = seen, governed, known, now_ns
        self._since: dict[str, int] = {}
        self._untitled: defaultdict[str, list[Span]] = defaultdict(list)
        """Runs that had no title yet, each with its model calls, which may say one."""
        self._roots: dict[str, str] = {}
        """Runs, each with the name of its root."""
        self.wrong: defaultdict[str, set[str]] = defaultdict(set)
        """By trace: spans that were billed, and of which is known now that they stand above a call."""
        self.uses: set[tuple[str, str, str]] = set()
        """What was called: kind, name and run."""
        self.wrappers: set[tuple[str, str]] = set()
        """Spans, by trace and id, that the span store has as calls though they are none."""

    def take(self, spans: Sequence[Span]) -> None:
        """Fold spans in; one that was counted before only counts as having come again."""
        fresh, again = list[Span](), list[Span]()
        for span in spans:
            (fresh if self._is_new(span) else again).append(span)
        self.naming += [span for span in fresh if span.links]
        for span in fresh:
            if span.counted == "duplicate":
                self._seen[span.trace_id].claim(_home(span), span.same_as)
        for span in fresh:
            self._rise(span)
        for span in fresh:
            self._place(span)
        self._name_untitled()
        for span in again:
            # Who reads spans may have forgotten meanwhile what stands below this one.
            if (
                span.billed
                and _is_folded(span, self._governed)
                and not self._seen[span.trace_id].is_billed(span.span_id)
            ):
                self.wrappers.add((span.trace_id, span.span_id))

    def run_of(self, span: Span) -> RunRow:
        """The run of a span that was folded in before; it changes now."""
        return self._run(span, span.start_ns)

    def believe(self, ns: int) -> int:
        """A time, unless it is none or far ahead of ours."""
        return ns if 0 < ns <= self._now_ns + AHEAD_NS else self._now_ns

    def _is_new(self, span: Span) -> bool:
        home = _home(span)
        count = self.counts.get(home)
        if count is None:
            count = self.counts[home] = CountRow(home)
        count.accepted += 1
        if not self._seen[span.trace_id].take(home, span.span_id, span.parent_id):
            return False
        self._count(count, span, ours=is_ours(span))
        if span.parent_id:
            began = self._since.get(span.parent_id, span.start_ns)
            self._since[span.parent_id] = min(began, span.start_ns)
        return True

    def _rise(self, span: Span) -> None:
        """Say of what stands above a call that it is none itself."""
        seen = self._seen[span.trace_id]
        if not span.parent_id or not (span.step_kind == "model" or seen.stands_above(span.span_id)):
            return
        wrong = seen.rise(_home(span), span.span_id, span.parent_id, same_as=span.same_as)
        if wrong and _is_folded(span, self._governed):
            self.wrong[span.trace_id].update(wrong)
            self.wrappers.update((span.trace_id, one) for one in wrong)

    def _place(self, span: Span) -> None:
        """Find out where a span belongs, and fold it into its run."""
        if is_ours(span):
            return
        if span.run and span.run != span.trace_id:
            self.links.add((span.run, span.trace_id))
        if not _is_folded(span, self._governed):
            return
        seen = self._seen[span.trace_id]
        if span.billed and seen.stands_above(span.span_id):
            self.wrappers.add((span.trace_id, span.span_id))
            span = as_wrapper(span)
        if span.billed:
            seen.bill(_home(span), span.span_id)
        self._fold(span)

    def _name_untitled(self) -> None:
        """Where no root says how a run began, the first call that does is believed, or the root's name."""
        for run, calls in self._untitled.items():
            said = filter(None, (opening(call.input) for call in calls))
            self.touched[run].title = self.touched[run].title or next(said, "")
        for run, name in self._roots.items():
            self.touched[run].title = self.touched[run].title or name[:TITLE_MAX]

    def look_for_missing(self) -> None:
        """Find out which parents are not here, now that all have come that came."""
        for seen in self._seen.values():
            missing = seen.missing()
            for run in seen.runs:
                if (count := self.counts.get(run)) is not None:
                    note_missing(count, missing.get(run, {}), self._since)

    def _count(self, count: CountRow, span: Span, *, ours: bool) -> None:
        count.stored += 1
        number = span.attributes.get(a.NUMBER, "") if ours else ""
        if number.isdecimal():
            count.numbered += 1
            count.told = max(count.told, int(number[:18]))
        if count.ended_seen_ns and self._now_ns - count.ended_seen_ns > LATE_NS:
            count.late += 1
        if not count.ended_seen_ns and (span.step_kind == "start" if ours else not span.parent_id):
            count.ended_seen_ns = self._now_ns

    def _fold(self, span: Span) -> None:
        start_ns, end_ns = self.believe(span.start_ns), self.believe(span.end_ns)
        run = self._run(span, start_ns)
        if not run.start_step:
            run.started_ns = min(run.started_ns, start_ns)
        run.last_ns, run.seen_ns = max(run.last_ns, end_ns), self._now_ns
        run.session, run.person = run.session or span.session, run.person or span.person
        run.agent = run.agent or span.agent or span.service
        name_run_by_span(self.books, run, span)
        run.steps += 1
        run.model_calls += converses(span) and span.counted == "once"
        run.tool_calls += span.tool_calls
        if not span.parent_id:
            _root(run, span, start_ns, end_ns)
            self._roots[run.id] = span.name
        elif span.step_kind != "span":
            run.last_step, run.last_kind, run.last_target = span.span_id, span.step_kind, span.target
            if not run.title and converses(span):
                self._untitled[run.id].append(span)
        if run.state == "lost" and not run.start_step:
            run.state, run.ended_ns, run.error = "running", None, ""
        if span.billed:
            _bill(run, span, self.spent, end_ns)
        book_span(self.books, run, span, end_ns, self.around)
        self.uses.update([(kind, name, run.id) for kind, name in names_of(span)])

    def _run(self, span: Span, start_ns: int) -> RunRow:
        run = self._known.get(span.trace_id)
        if run is None:
            run = RunRow(span.trace_id, span.trace_id, started_ns=start_ns, governed=False)
            self._known[span.trace_id] = run
        if span.run in self._known and span.run != run.id:
            run.parent_run = span.run
        self.touched[run.id] = run
        return run


def _is_folded(span: Span, governed: Collection[str]) -> bool:
    """Whether it changes its run: of what was decided on, records tell."""
    return not is_ours(span) and span.trace_id not in governed


def _home(span: Span) -> str:
    """The run that a span is counted in."""
    return span.run if is_ours(span) else span.trace_id


def _root(run: RunRow, span: Span, start_ns: int, end_ns: int) -> None:
    """What the span that holds the run says of it; of several the one that began first."""
    failed = run.state == "failed" or span.status == "error"
    run.ended_ns = max(run.ended_ns or 0, end_ns) if run.start_step else end_ns
    if not run.start_step or start_ns < run.started_ns:
        run.start_step, run.started_ns = span.span_id, start_ns
        run.agent, run.version = span.agent or run.agent, span.agent_version
        run.framework = span.scope
        run.title = opening(span.input) or run.title
    run.state = "failed" if failed else "completed"
    run.error = (span.status_message if span.status == "error" else "") or run.error * failed


def _bill(run: RunRow, span: Span, spent: defaultdict[tuple[int, str], Spent], end_ns: int) -> None:
    unpriced = span.cost_micro_usd is None
    if converses(span):
        run.tokens_in += span.tokens_in
        run.tokens_out += span.tokens_out
    run.unpriced_calls += unpriced
    run.priced_calls += not unpriced
    run.cost_micro_usd += span.cost_micro_usd or 0
    one = spent[end_ns // NS_PER_MINUTE, span.agent or run.agent]
    one.micro_usd += span.cost_micro_usd or 0
    one.calls += 1
    one.unpriced += unpriced
