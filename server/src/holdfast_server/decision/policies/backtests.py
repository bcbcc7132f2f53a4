"""Backtests: a draft of the policies against everything that was recorded."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec
from pydantic import Field

from holdfast.action import Contract
from holdfast.decision import Verdict
from holdfast.decision.backtest import Change, Recorded, TimeMachine
from holdfast.record import redact
from holdfast_server.decision.policies.edition import SourceAsk
from holdfast_server.decision.policies.policies import Policies
from holdfast_server.decision.policies.workbench import as_sources, compile_asked
from holdfast_server.errors import Invalid
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.kit.wire import NS_PER_MS, NS_PER_S, Ask, Name, Wire, at, usd
from holdfast_server.record.runs import past
from holdfast_server.record.runs.recalling import action_of, outcome_of
from holdfast_server.record.runs.rows import RunRow, StepRow

ACTIONS_MAX: Final = 1_000_000
UNITS_S: Final = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}

_ago = re.compile(r"([1-9][0-9]{0,5})([mhdw])").fullmatch


class BacktestAsk(Ask):
    """A draft to judge the past by."""

    sources: list[SourceAsk] = Field(min_length=1, max_length=500)
    """The policy files of the draft, all of them; files ending in `.test.yaml` are passed over."""
    since: str = Field(default="7d", max_length=40)
    """How far to look back: `90m`, `24h`, `7d`, `4w`, or a time in RFC 3339."""
    agent: Name = ""
    """Only actions of this agent."""
    limit: int = Field(default=100_000, ge=1, le=ACTIONS_MAX)
    """The most actions to judge: the newest."""


class ExampleView(Wire):
    """One action whose verdict changes."""

    step: str
    run: str
    at: datetime
    arguments: dict[str, object]
    reasons: list[dict[str, str]]
    """Why the stricter of the two verdicts is what it is."""


class ChangeView(Wire):
    """Actions whose verdict changes in the same way."""

    agent: str
    tool: str
    before: Literal["allow", "transform", "ask", "deny", "halt"]
    after: Literal["allow", "transform", "ask", "deny", "halt"]
    count: int
    cost_usd: float | None
    """What those of them that ran have cost, as far as it is known."""
    examples: list[ExampleView]


class BacktestView(Wire):
    """What the draft would have changed."""

    actions: int
    """How many were judged by both."""
    changed: list[ChangeView]
    inexact: int
    """Judged otherwise by the policies in force than was decided then: they changed since, or something that
    they read was redacted or not kept."""
    skipped: dict[str, int]
    """Recorded actions that could not be judged, by reason."""
    since: datetime
    took_ms: float


class Backtests:
    """Judges the recorded past by drafts, one at a time: each takes a core for as long as it runs."""

    def __init__(self, db: Database, policies: Policies, clock: Clock) -> None:
        self.db, self._policies, self._clock = db, policies, clock
        self._turn = asyncio.Lock()

    async def run(self, ask: BacktestAsk, contracts: Sequence[Contract]) -> BacktestView:
        """Judge what was recorded since then by the draft and by the policies in force.

        Raises:
            Unprocessable: the draft cannot be used; the place is named.
            Invalid: the time cannot be read.
        """
        began = time.perf_counter_ns()
        since_ns = read_since(ask.since, self._clock())
        sources, _ = as_sources(ask.sources)
        draft = await asyncio.to_thread(compile_asked, sources, contracts)
        machine = TimeMachine(self._policies.bundle(), draft)
        skipped: dict[str, int] = {}
        async with self._turn, self.db.read() as connection:
            pages = past.stream_past(connection, since_ns=since_ns, agent=ask.agent, limit=ask.limit)
            async for page in pages:
                await asyncio.to_thread(_take, machine, page, skipped)
        found = machine.result()
        return BacktestView(
            actions=found.actions,
            changed=[_show(one) for one in found.changed],
            inexact=found.inexact,
            skipped=skipped,
            since=at(since_ns),
            took_ms=(time.perf_counter_ns() - began) / NS_PER_MS,
        )


def read_since(text: str, now_ns: int) -> int:
    """Nanoseconds since the epoch of `7d` ago, or of a time in RFC 3339; now at the latest.

    Raises:
        Invalid: it is neither.
    """
    ago = _ago(text.strip())
    if ago:
        return max(0, now_ns - int(ago[1]) * UNITS_S[ago[2]] * NS_PER_S)
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        hint = "Write 90m, 24h, 7d, 4w, or a time such as 2026-11-14T09:00:00Z."
        raise Invalid(f"{text!r} is no time to look back to", hint=hint) from error
    if moment.tzinfo is None:
        raise Invalid(f"{text!r} says no time zone", hint="End it with Z for UTC, or with +01:00.")
    return min(max(0, int(moment.timestamp() * NS_PER_S)), now_ns)


def _take(machine: TimeMachine, page: Sequence[past.Row], skipped: dict[str, int]) -> None:
    for row, run in past.read_past(page):
        if row.arguments is None:
            skipped["no arguments were kept"] = skipped.get("no arguments were kept", 0) + 1
            continue
        machine.take(_recorded(row, run))


def _recorded(row: StepRow, run: RunRow | None) -> Recorded:
    return Recorded(
        action_of(row, run),
        Verdict(row.verdict or "deny"),
        row.started_ns,
        tuple(reason.get("rule", "") for reason in row.reasons),
        tuple(row.labels),
        approved=bool(row.approval),
        unendorsed=tuple(one.partition("=")[0] for one in row.unendorsed),
        hold_micro_usd=row.hold_micro_usd,
        ended_ns=row.ended_ns,
        outcome=outcome_of(row) if row.ended_ns is not None else None,
        cost_micro_usd=row.cost_micro_usd,
    )


def _show(change: Change) -> ChangeView:
    return ChangeView(
        agent=change.agent,
        tool=change.tool,
        before=change.before.value,
        after=change.after.value,
        count=change.count,
        cost_usd=usd(change.cost_micro_usd),
        examples=[
            ExampleView(
                step=one.step,
                run=one.run,
                at=at(one.at_ns),
                arguments=redact(one.arguments),
                reasons=[msgspec.to_builtins(reason) for reason in one.reasons],
            )
            for one in change.examples
        ],
    )
