"""What belongs to one run beyond its own trace: other traces, and who gave work to whom.

Other traces are joined by what they say: the run's id, which travels as baggage; or a session, when nobody
governs them and they overlap in time. Turns of a conversation follow one another and stay runs of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.errors import NotFound, Unavailable
from holdfast_server.kit.db import Database
from holdfast_server.kit.wire import NS_PER_S, Wire, at
from holdfast_server.record.runs import store
from holdfast_server.record.runs.edges import EDGES_MAX, Began, Edge, EdgeKind, Node, agent_above, find_edges
from holdfast_server.record.runs.linking import StepLink, list_links
from holdfast_server.record.runs.rows import RunRow
from holdfast_server.record.runs.tables import run_traces, runs, steps
from holdfast_server.record.spans.bare import BareSpans
from holdfast_server.record.spans.store import SpanStore

PARTS_MAX: Final = 32
"""Other traces that one run is joined with."""
NODES_MAX: Final = 50_000
FAMILY_MAX: Final = 500


class RunPart(Wire):
    """Another trace that belongs to a run."""

    run: str
    """The run of that trace; equal to the trace where nobody governs it."""
    trace: str
    by: Literal["run", "session"]
    """What joins them: the run's id in the other trace, or a session in which both worked at one time."""


class AgentView(Wire):
    """An agent at work in a run."""

    agent: str
    runs: int
    """Runs of its own; 0 for one that only spans tell of."""


class EdgeView(Wire):
    """Work that went from one agent to another."""

    source: str
    target: str
    kind: EdgeKind
    step: str
    run: str
    child_run: str | None
    at: datetime


class Edges(Wire):
    """Who gave work to whom in a run."""

    agents: list[AgentView]
    edges: list[EdgeView]
    """In the order of time; several between the same two are several exchanges."""
    cut: bool
    """Whether there is more than could be looked at."""


class Families:
    """What belongs together."""

    def __init__(self, db: Database, spans: SpanStore) -> None:
        self._db, self._spans = db, spans

    async def parts(self, run: str) -> list[RunPart]:
        """The other traces of a run; none for one that belongs to another itself.

        Raises:
            NotFound: no such run arrived.
        """
        async with self._db.read() as connection:
            return await find_parts(connection, await _row(connection, run))

    async def edges(self, run: str) -> Edges:
        """Who gave work to whom in a run, child runs and other traces of it included.

        Raises:
            NotFound: no such run arrived.
        """
        async with self._db.read() as connection:
            row = await _row(connection, run)
            parts = await find_parts(connection, row)
            traces = list(dict.fromkeys((row.trace, *(part.trace for part in parts))))
            family: list[RunRow] = []
            nodes: list[Node] = []
            links = [one for one in await list_links(connection, traces) if one.other_trace not in traces]
            for trace in traces:
                family += await store.list_family(connection, trace, FAMILY_MAX)
                nodes += await _list_steps(connection, trace)
        decided = {node.id for node in nodes}
        parents = {node.id: node.parent for node in nodes}
        for trace in traces:
            nodes += [node for node in await self._list_spans(trace) if node.id not in decided]
        began = [_began(one, parents.get(one.start_step, "")) for one in family]
        found = [*find_edges(nodes[:NODES_MAX], began), *_across(row, links, nodes)]
        found = sorted(found, key=lambda one: (one.at_ns, one.step))[:EDGES_MAX]
        return _show(found, family, cut=len(nodes) > NODES_MAX or len(found) >= EDGES_MAX)

    async def _list_spans(self, trace: str) -> list[Node]:
        try:
            return _nodes(trace, await self._spans.outline(trace, limit=NODES_MAX))
        except Unavailable:
            return []  # the span store opens or is away; what was decided is shown all the same


async def find_parts(connection: AsyncConnection, row: RunRow) -> list[RunPart]:
    """The other traces that belong to a run."""
    named = sa.select(run_traces.c.trace).where(run_traces.c.run == row.id, run_traces.c.trace != row.trace)
    ordered = named.order_by(run_traces.c.at_ns, run_traces.c.trace).limit(PARTS_MAX)
    parts = [RunPart(run=trace, trace=trace, by="run") for trace in await connection.scalars(ordered)]
    if row.governed or not row.session:
        return parts
    beside = sa.select(runs.c.id, runs.c.started_ns).where(
        runs.c.session == row.session,
        sa.not_(runs.c.governed),
        runs.c.id != row.id,
        runs.c.started_ns <= row.last_ns,
        runs.c.last_ns >= row.started_ns,
    )
    found = (await connection.execute(beside.order_by(runs.c.started_ns, runs.c.id).limit(PARTS_MAX))).all()
    if found and (found[0][1], found[0][0]) < (row.started_ns, row.id):
        return parts  # the one that began first holds the others
    known = {part.trace for part in parts}
    return parts + [RunPart(run=one, trace=one, by="session") for one, _ in found if one not in known]


async def _row(connection: AsyncConnection, run: str) -> RunRow:
    found = await store.load_runs(connection, [run])
    if run not in found:
        raise NotFound(f"there is no run {run[:64]}", hint="List them at /v1/runs.")
    return found[run]


async def _list_steps(connection: AsyncConnection, trace: str) -> list[Node]:
    names = ("id", "parent", "kind", "agent", "target", "run")
    query = sa.select(*(steps.c[name] for name in names), steps.c.started_ns.label("start_ns"))
    query = query.where(steps.c.trace == trace).order_by(steps.c.started_ns, steps.c.id).limit(NODES_MAX)
    return [Node(**row, governed=True) for row in (await connection.execute(query)).mappings()]


def _nodes(trace: str, spans: BareSpans) -> list[Node]:
    columns = (spans.ids, spans.parents, spans.kinds, spans.agents, spans.targets, spans.starts_ns)
    return [
        # Where no agent is named the service stands for it; an agent's own span acts on the agent it names.
        Node(one, parent, kind, agent if agent == target else "", target, start_ns, run=trace)
        for one, parent, kind, agent, target, start_ns in zip(*columns, strict=True)
    ]


def _across(row: RunRow, links: Sequence[StepLink], nodes: Sequence[Node]) -> Iterator[Edge]:
    """Links to and from other runs: what was named is before what names it."""
    by_id = {node.id: node for node in nodes} if links else {}
    for link in links:
        here = _who(by_id.get(link.step), by_id) or row.agent
        if not (link.other_run and link.agent and here):
            continue
        ends = (here, row.id, link.step), (link.agent, link.other_run, link.other_step)
        (source, run, step), (target, child, _) = ends if link.direction == "from" else ends[::-1]
        yield Edge(source, target, "link", step, run, child, round(link.at.timestamp() * NS_PER_S))


def _who(node: Node | None, by_id: Mapping[str, Node]) -> str:
    """Who took a step: it says so itself, or an agent's span above it does."""
    if node is None or node.agent:
        return node.agent if node else ""
    above = agent_above(node, by_id)
    return above.agent if above else ""


def _began(row: RunRow, parent_step: str) -> Began:
    return Began(
        row.id, row.agent, row.start_step, parent_step, row.parent_run, row.takes_over, row.started_ns
    )


def _show(found: Sequence[Edge], family: Sequence[RunRow], *, cut: bool) -> Edges:
    own: dict[str, int] = {}
    for row in family:
        own[row.agent] = own.get(row.agent, 0) + row.governed
    names = dict.fromkeys([*own, *(name for edge in found for name in (edge.source, edge.target))])
    agents = [AgentView(agent=name, runs=own.get(name, 0)) for name in names if name]
    return Edges(agents=agents, edges=[_show_edge(edge) for edge in found], cut=cut)


def _show_edge(edge: Edge) -> EdgeView:
    return EdgeView(
        source=edge.source,
        target=edge.target,
        kind=edge.kind,
        step=edge.step,
        run=edge.run,
        child_run=edge.child_run or None,
        at=at(edge.at_ns),
    )
