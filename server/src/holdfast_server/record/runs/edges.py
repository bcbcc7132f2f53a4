"""Who gave work to whom: delegation and hand-off between agents, whatever framework or process they ran in.

```text
delegation   A waits for B: a delegate step, a child run, an agent's span below another agent's
hand_off     B goes on in A's place: a run that took over, an agent's span that follows a hand-off tool
link         B works in another trace on what A left: a span there names one of A's
```

Pure; parents that are missing or go round in circles end the way up, they never end the search.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

import msgspec

EDGES_MAX: Final = 2_000
DEPTH_MAX: Final = 1_000
"""How far up an agent is looked for."""
ASKING: Final = frozenset({"tool", "delegate"})
"""Kinds of span that may be a hand-off without being an agent's own."""
AGENTS: Final = frozenset({"start", "delegate"})
"""Kinds of span that an agent works in."""
_hand_off = re.compile(r"^(?:transfer_(?:back_)?to_|hand_?off|handover)|\bhand-?off\b", re.IGNORECASE).search
"""How the tools are called with which frameworks hand a conversation over."""

EdgeKind = Literal["delegation", "hand_off", "link"]


class Node(msgspec.Struct, frozen=True):
    """A step or a span, as far as edges need it."""

    id: str
    parent: str
    kind: str
    agent: str
    target: str
    start_ns: int
    run: str = ""
    governed: bool = False


class Edge(msgspec.Struct, frozen=True):
    """Work that went from one agent to another."""

    source: str
    target: str
    kind: EdgeKind
    step: str
    """Where it went over: the step that asked, else the first of whoever took it."""
    run: str
    child_run: str
    """The run it began; empty where the other agent has none of its own."""
    at_ns: int


class Began(msgspec.Struct, frozen=True):
    """A run, as far as edges need it."""

    id: str
    agent: str
    start_step: str
    parent_step: str
    parent_run: str
    takes_over: bool
    started_ns: int


def find_edges(nodes: Sequence[Node], runs: Iterable[Began]) -> list[Edge]:
    """Every edge, in the order of time; no more than `EDGES_MAX`.

    Args:
        nodes: the steps and spans of everything that belongs to one run.
        runs: the runs among them.
    """
    by_id = {node.id: node for node in nodes}
    edges = [*_between_runs(by_id, {run.id: run for run in runs}), *_between_spans(nodes, by_id)]
    edges += _asked(nodes, edges)
    return sorted(edges, key=lambda one: (one.at_ns, one.step))[:EDGES_MAX]


def _between_runs(by_id: Mapping[str, Node], runs: Mapping[str, Began]) -> list[Edge]:
    edges: list[Edge] = []
    for run in runs.values():
        above = runs.get(run.parent_run)
        asked = by_id.get(run.parent_step)
        source = asked.agent if asked else above.agent if above else ""
        if source and (above is not None or asked is not None):
            kind: EdgeKind = "hand_off" if run.takes_over else "delegation"
            step = asked.id if asked else run.start_step
            edges.append(Edge(source, run.agent, kind, step, run.parent_run, run.id, run.started_ns))
    return edges


def _between_spans(nodes: Sequence[Node], by_id: Mapping[str, Node]) -> list[Edge]:
    """Edges between agents that only spans tell of."""
    agents = [node for node in nodes if not node.governed and node.kind in AGENTS and node.agent]
    edges: list[Edge] = []
    beside: defaultdict[str, list[Node]] = defaultdict(list)
    for node in agents:
        above = agent_above(node, by_id)
        if above is not None and above.agent != node.agent:
            edges.append(Edge(above.agent, node.agent, "delegation", node.id, node.run, "", node.start_ns))
        else:
            beside[above.id if above else ""].append(node)
    for node in nodes:
        if _hands_over(node) and not _hands_over(by_id.get(node.parent)):
            edges += _follow(node, by_id, beside)
    return edges


def _hands_over(node: Node | None) -> bool:
    """Whether it is a hand-off tool; of two reports of one, the inner is none."""
    if node is None or node.governed or node.agent:
        return False
    return node.kind in ASKING and _hand_off(node.target) is not None


def _follow(tool: Node, by_id: Mapping[str, Node], beside: Mapping[str, list[Node]]) -> list[Edge]:
    """The agent that goes on after a hand-off tool: the next one beside the agent that used it."""
    giver = agent_above(tool, by_id)
    if giver is None:
        return []
    above = agent_above(giver, by_id)
    later = [
        node
        for node in beside.get(above.id if above else "", ())
        if node.agent != giver.agent and node.start_ns >= tool.start_ns
    ]
    taker = min(later, key=lambda one: one.start_ns, default=None)
    if taker is None:
        return []
    return [Edge(giver.agent, taker.agent, "hand_off", tool.id, tool.run, "", tool.start_ns)]


def _asked(nodes: Sequence[Node], known: Sequence[Edge]) -> list[Edge]:
    """Delegate steps that no run and no span answers to: to a process that sends nothing here."""
    answered = {edge.step for edge in known}
    return [
        Edge(node.agent, node.target, "delegation", node.id, node.run, "", node.start_ns)
        for node in nodes
        if node.governed and node.kind == "delegate" and node.id not in answered
    ]


def agent_above(node: Node, by_id: Mapping[str, Node]) -> Node | None:
    """The nearest agent's span above; None where the way up ends without one."""
    seen = {node.id}
    for _ in range(DEPTH_MAX):
        above = by_id.get(node.parent)
        if above is None or above.id in seen:
            return None
        if above.kind in AGENTS and above.agent:
            return above
        seen.add(above.id)
        node = above
    return None
