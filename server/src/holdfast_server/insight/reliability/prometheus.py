"""Agents as Prometheus reads them.

Counters come from sums that only grow. At most so many agents have series of their own, those that cost most;
all others are summed up as `(other)`, so that no number of agents makes the scrape grow without bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import sqlalchemy as sa

from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.kit.exposition import Family
from holdfast_server.kit.wire import MICRO, NS_PER_S
from holdfast_server.record.books.tables import CONDUCT_SUMS, totals
from holdfast_server.record.runs.tables import runs

AGENTS_MAX: Final = 200
OTHER: Final = "(other)"
LABEL_MAX: Final = 128


class AgentMeters:
    """Reads the agents' counters."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def read(self) -> list[Family]:
        """Every family about agents."""
        async with self._db.read() as connection:
            rows = [dict(row) for row in (await connection.execute(sa.select(totals))).mappings()]
            query = sa.select(runs.c.state, sa.func.count()).where(runs.c.state.in_(("running", "waiting")))
            live = {row[0]: int(row[1]) for row in await connection.execute(query.group_by(runs.c.state))}
        agents = list(_bounded(rows))
        found = [_family(agents, *one) for one in _COUNTERS]
        found += [_split(agents, name, told, label, columns) for name, told, label, columns in _SPLIT]
        found.append(
            Family(
                "holdfast_runs_live",
                "gauge",
                "Runs that have begun and not ended.",
                [({"state": state}, live.get(state, 0)) for state in ("running", "waiting")],
            )
        )
        return found


_COUNTERS: Final = (
    ("holdfast_agent_cost_usd_total", "Money spent, as far as prices are known.", "micro_usd", 1 / MICRO),
    ("holdfast_agent_unpriced_calls_total", "Calls without a known price.", "unpriced", 1),
    ("holdfast_agent_loops_total", "Loops that were caught.", "loops", 1),
    ("holdfast_agent_tool_invalid_total", "Tool calls that no contract allows.", "tools_invalid", 1),
    ("holdfast_agent_tool_asked_total", "Tool calls that were decided on.", "tools_asked", 1),
)
_SPLIT: Final = (
    (
        "holdfast_agent_tokens_total",
        "Tokens, by direction.",
        "direction",
        {"in": ("tokens_in", 1), "out": ("tokens_out", 1)},
    ),
    (
        "holdfast_agent_tool_calls_total",
        "Tool calls that ran, by how they ended.",
        "outcome",
        {"done": ("tools_done", 1), "failed": ("tools_failed", 1)},
    ),
    (
        "holdfast_agent_model_calls_total",
        "Model calls that ran, by how they ended.",
        "outcome",
        {"done": ("models_done", 1), "failed": ("models_failed", 1)},
    ),
    (
        "holdfast_agent_call_seconds_total",
        "Time in calls, by kind.",
        "kind",
        {"model": ("model_ns", 1 / NS_PER_S), "tool": ("tool_ns", 1 / NS_PER_S)},
    ),
    (
        "holdfast_agent_refusals_total",
        "Decisions that were no yes, by verdict.",
        "verdict",
        {"ask": ("asked", 1), "deny": ("denied", 1), "halt": ("halted", 1)},
    ),
    (
        "holdfast_agent_effects_total",
        "Effects that somebody looked for, by what was seen.",
        "observed",
        {"confirmed": ("confirmed", 1), "contradicted": ("contradicted", 1), "unknown": ("unknown", 1)},
    ),
)


def _bounded(rows: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """The dearest agents, and the sum of all others."""
    ordered = sorted(rows, key=lambda row: (-row["micro_usd"], row["agent"], row["version"]))
    yield from ordered[:AGENTS_MAX]
    rest = ordered[AGENTS_MAX:]
    if rest:
        names = ("micro_usd", "unpriced", "tokens_in", "tokens_out", *CONDUCT_SUMS)
        yield {"agent": OTHER, "version": "", **{name: sum(row[name] for row in rest) for name in names}}


def _family(agents: list[dict[str, Any]], name: str, told: str, column: str, scale: float) -> Family:
    return Family(name, "counter", told, [(_who(row), row[column] * scale) for row in agents])


def _split(
    agents: list[dict[str, Any]], name: str, told: str, label: str, columns: Mapping[str, tuple[str, float]]
) -> Family:
    samples = [
        ({**_who(row), label: value}, row[column] * scale)
        for row in agents
        for value, (column, scale) in columns.items()
    ]
    return Family(name, "counter", told, samples)


def _who(row: dict[str, Any]) -> dict[str, str]:
    return {"agent": row["agent"][:LABEL_MAX], "version": row["version"][:LABEL_MAX]}
