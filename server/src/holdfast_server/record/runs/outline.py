"""A whole run as columns: enough to lay out fifty thousand steps, nothing that only a selected one needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import IntFlag
from typing import Any, Final, Literal, NamedTuple

from holdfast_server.kit.wire import Wire, at
from holdfast_server.record.runs.run import StepKind, VerdictName
from holdfast_server.record.runs.step import StepState
from holdfast_server.record.spans.bare import BareSpans

NS_PER_US: Final = 1000
KINDS: Final[tuple[StepKind, ...]] = (
    "start",
    "model",
    "tool",
    "delegate",
    "message",
    "output",
    "memory",
    "span",
)
STATES: Final[tuple[StepState, ...]] = ("running", "waiting", "done", "refused", "failed", "halted")
VERDICTS: Final[tuple[VerdictName | Literal[""], ...]] = ("", "allow", "transform", "ask", "deny", "halt")
"""The empty one is of what nobody decided on."""


class Flag(IntFlag):
    """What is worth knowing of a step before anything else is."""

    ORPHAN = 1
    """It names a parent that never arrived."""
    ERROR = 2
    IN_FLIGHT = 4
    DECIDED = 8
    REFUSED = 16
    UNPRICED = 32


_FLAGS: Final = {
    (failed, unpriced): Flag.ERROR.value * failed + Flag.UNPRICED.value * unpriced
    for failed in (False, True)
    for unpriced in (False, True)
}


class Line(NamedTuple):
    """One step on its way into an outline; lines sort by when they began."""

    start_ns: int
    id: str
    parent: str
    end_ns: int | None
    kind: str
    name: str
    target: str
    agent: str
    state: str
    verdict: str
    tokens_in: int
    tokens_out: int
    cost_micro_usd: int | None
    flags: int
    digest: int
    """Equal digests had equal input; 0 is unknown."""


class Outline(Wire):
    """Every step of a run's trace in the order they began, one column a field.

    All lists without `_names` or `_table` have one entry a step.
    """

    run: str
    trace: str
    started_at: datetime
    """What `starts_us` counts from."""
    total: int
    truncated: bool
    """True when the trace has more steps than one outline may hold."""
    ids: list[str]
    parents: list[int]
    """Index of the step it belongs to; -1 for none."""
    starts_us: list[int]
    durations_us: list[int | None]
    """Null while it is in flight."""
    kinds: list[int]
    kind_names: list[str]
    names: list[int]
    targets: list[int]
    name_table: list[str]
    """What `names` and `targets` index."""
    states: list[int]
    state_names: list[str]
    verdicts: list[int]
    verdict_names: list[str]
    """The first is empty: nobody decided."""
    costs_micro_usd: list[int | None]
    tokens_in: list[int]
    tokens_out: list[int]
    agents: list[int]
    agent_names: list[str]
    flags: list[int]
    """1 orphan, 2 error, 4 in flight, 8 decided, 16 refused, 32 price unknown; added up."""


Columns = Sequence[Sequence[Any]]
"""Lines on their side: one sequence for each field of `Line`."""


def columns_of(spans: BareSpans) -> Columns:
    """Spans as the columns of lines; what nobody decided on is done, or failed."""
    count = len(spans.ids)
    return (
        spans.starts_ns,
        spans.ids,
        spans.parents,
        spans.ends_ns,
        spans.kinds,
        spans.names,
        spans.targets,
        spans.agents,
        ["failed" if failed else "done" for failed in spans.failed],
        [""] * count,
        spans.tokens_in,
        spans.tokens_out,
        spans.costs_micro_usd,
        [
            _FLAGS[bool(failed), bool(unpriced)]
            for failed, unpriced in zip(spans.failed, spans.unpriced, strict=True)
        ],
        spans.digests or [0] * count,
    )


def lines_of(spans: BareSpans) -> list[Line]:
    """Spans as lines."""
    return list(map(Line._make, zip(*columns_of(spans), strict=True)))


def merge(decided: Sequence[Line], seen: Iterable[Line]) -> list[Line]:
    """Both in the order they began; a span whose step has a decision is left out, the step stands for it."""
    known = {line.id for line in decided}
    return sorted([*decided, *(line for line in seen if line.id not in known)], key=_place)


def turned(lines: Sequence[Line]) -> Columns:
    """Lines turned on their side."""
    return list(zip(*lines, strict=True)) or [()] * len(Line._fields)


def outline(run: str, trace: str, columns: Columns, *, total: int) -> Outline:
    """The columns of lines, in the order they began, as they travel.

    `total` is how many steps the trace has; more than there are lines when they were cut.
    """
    starts, ids, parents, ends, kinds, names, targets, agents, states, *rest = columns
    verdicts, into, out, costs, flags, _ = rest
    place = {one: index for index, one in enumerate(ids)}
    base = starts[0] if starts else 0
    above = [place.get(parent, -1) for parent in parents]
    table: dict[str, int] = {}
    people: dict[str, int] = {}
    orphan = Flag.ORPHAN.value
    return Outline.model_construct(
        run=run,
        trace=trace,
        started_at=at(base),
        total=total,
        truncated=total > len(ids),
        ids=list(ids),
        parents=above,
        starts_us=[(start - base) // NS_PER_US for start in starts],
        durations_us=[
            None if end is None else max(0, end - start) // NS_PER_US
            for start, end in zip(starts, ends, strict=True)
        ],
        kinds=_codes(kinds, KINDS, otherwise="span"),
        kind_names=list(KINDS),
        names=[table.setdefault(name, len(table)) for name in names],
        targets=[table.setdefault(name, len(table)) for name in targets],
        name_table=list(table),
        states=_codes(states, STATES, otherwise="done"),
        state_names=list(STATES),
        verdicts=_codes(verdicts, VERDICTS, otherwise=""),
        verdict_names=list(VERDICTS),
        costs_micro_usd=list(costs),
        tokens_in=list(into),
        tokens_out=list(out),
        agents=[people.setdefault(name, len(people)) for name in agents],
        agent_names=list(people),
        flags=[
            flag + orphan if parent and index < 0 else flag
            for flag, parent, index in zip(flags, parents, above, strict=True)
        ],
    )


def _place(line: Line) -> tuple[int, str]:
    return line[:2]


def _codes(column: Sequence[str], names: Sequence[str], *, otherwise: str) -> list[int]:
    code = {name: index for index, name in enumerate(names)}
    rest = code[otherwise]
    return [code.get(one, rest) for one in column]
