"""Coverage: tools, agents, models and calls that were seen without a contract, a policy or a guard.

Decisions come from the control database, calls that nobody decided on from the spans; both are summed up
where they lie. Spans of a trace in which the guard works are its own calls again, and not counted twice.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec
import sqlalchemy as sa

from holdfast.decision import Bundle
from holdfast_server.decision.policies.policies import Policies
from holdfast_server.errors import Unavailable
from holdfast_server.insight.coverage.view import Coverage, Gap, Kind
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.kit.wire import NS_PER_S, at
from holdfast_server.record.runs.tables import steps
from holdfast_server.record.spans.store import Sighting, SpanStore

DAYS: Final = 7
GAPS_MAX: Final = 200
GROUPS_MAX: Final = 5_000
FRESH_S: Final = 5.0
"""How long an answer is good: it is asked for by screens that come back."""
CALLS: Final = ("tool", "model")

DECLARE: Final = "Declare it with @holdfast.tool, or import its contract: `holdfast tools import`."
WRAP: Final = "Call holdfast.init() in that program, so that its calls are decided before they happen."
GATE: Final = "Call holdfast.init() in the program that calls it, or send its calls through the decision API."
ALLOW: Final = "Add it to an allow_tools or allow_effects rule, or take it away: it is refused every time."
ENFORCE: Final = 'These were decided and not enforced. Set mode = "enforce" when you trust the rules.'


class Decided(msgspec.Struct, frozen=True):
    """Decisions about one target."""

    kind: str
    target: str
    enforced: bool
    calls: int
    last_ns: int


class CoverageView:
    """Looks at what was seen, and says what of it is governed."""

    def __init__(self, db: Database, spans: SpanStore, policies: Policies, clock: Clock) -> None:
        self._db, self._spans, self._policies, self._clock = db, spans, policies, clock
        self._known: dict[int, tuple[float, Coverage]] = {}

    async def look(self, *, days: int = DAYS) -> Coverage:
        """Coverage of the last days."""
        known = self._known.get(days)
        if known is not None and time.monotonic() - known[0] < FRESH_S:
            return known[1]
        since = self._clock() - days * 86_400 * NS_PER_S
        problem = ""
        try:
            seen = await self._spans.survey(since, limit=GROUPS_MAX)
        except Unavailable as error:
            seen, problem = (), error.message
        found = _sum_up(await self._decided(since), seen, self._policies.bundle(), since, problem)
        self._known = {days: (time.monotonic(), found)}
        return found

    async def _decided(self, since: int) -> list[Decided]:
        columns = (steps.c.kind, steps.c.target, steps.c.enforced)
        query = sa.select(*columns, sa.func.count(), sa.func.max(steps.c.started_ns))
        query = query.where(steps.c.started_ns >= since, steps.c.kind.in_(CALLS)).group_by(*columns)
        async with self._db.read() as connection:
            return [Decided(*row) for row in await connection.execute(query.limit(GROUPS_MAX))]


def _sum_up(
    decided: Sequence[Decided], seen: Sequence[Sighting], bundle: Bundle, since: int, problem: str
) -> Coverage:
    outside = [one for one in seen if one.kind in CALLS]
    whole = sum(one.calls for one in (*decided, *outside))
    good = sum(one.calls for one in decided if one.enforced and _covered(one, bundle))
    gaps = sorted(_gaps(decided, seen, bundle), key=lambda gap: (-gap.calls, gap.kind, gap.name))
    return Coverage(
        share=good / whole if whole else 1.0,
        seen=whole,
        governed=good,
        since=at(since),
        gaps=gaps[:GAPS_MAX],
        problem=problem,
    )


def _covered(one: Decided, bundle: Bundle) -> bool:
    return one.kind != "tool" or one.target in bundle.contracts


def _gaps(decided: Sequence[Decided], seen: Sequence[Sighting], bundle: Bundle) -> Iterator[Gap]:
    yield from _without_contract(decided, bundle)
    yield from _without_policy(decided, bundle)
    yield from _without_enforcement(decided)
    yield from _outside(seen)
    yield from _agents(seen)


def _without_contract(decided: Iterable[Decided], bundle: Bundle) -> Iterator[Gap]:
    found: defaultdict[str, list[Decided]] = defaultdict(list)
    for one in decided:
        if not _covered(one, bundle):
            found[one.target].append(one)
    for name, some in found.items():
        why = "it has no contract here: what it does and what it may be given is not known"
        yield _gap("tool", name, why, some, DECLARE)


def _without_policy(decided: Iterable[Decided], bundle: Bundle) -> Iterator[Gap]:
    calls: defaultdict[str, list[Decided]] = defaultdict(list)
    for one in decided:
        if one.kind == "tool":
            calls[one.target].append(one)
    for name in bundle.uncovered:
        yield _gap("tool", name, "no policy covers it", calls[name], ALLOW)


def _without_enforcement(decided: Iterable[Decided]) -> Iterator[Gap]:
    for one in decided:
        if not one.enforced:
            yield _gap("call", f"{one.kind} {one.target}", "decided, but not enforced", [one], ENFORCE)


def _outside(seen: Iterable[Sighting]) -> Iterator[Gap]:
    """Tools and models in traces where no guard works, by name over all agents."""
    found: defaultdict[tuple[str, str], list[Sighting]] = defaultdict(list)
    for one in seen:
        if one.kind in CALLS:
            found[one.kind, one.target or "(unnamed)"].append(one)
    for (kind, name), some in found.items():
        agents = sorted({one.agent or "(unnamed)" for one in some})
        told = ", ".join(agents[:3]) + (f" and {len(agents) - 3} more" if len(agents) > 3 else "")
        why = f"called by {told} without a guard: nobody decided"
        yield _gap("tool" if kind == "tool" else "model", name, why, some, WRAP if kind == "tool" else GATE)


def _agents(seen: Iterable[Sighting]) -> Iterator[Gap]:
    found: defaultdict[str, list[Sighting]] = defaultdict(list)
    for one in seen:
        found[one.agent or "(unnamed)"].append(one)
    for name, some in found.items():
        calls = [one for one in some if one.kind in CALLS] or some
        yield _gap("agent", name, "it is known by its traces only: no guard works in it", calls, WRAP)


def _gap(kind: Kind, name: str, why: str, some: Iterable[Decided | Sighting], next_step: str) -> Gap:
    some = list(some)
    last = max((one.last_ns for one in some), default=None)
    calls = sum(one.calls for one in some)
    seen = None if last is None else at(last)
    return Gap(kind=kind, name=name, why=why, calls=calls, last_seen=seen, next_step=next_step)
