"""Finding where runs turned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from holdfast_server.errors import Conflict, NotFound, Unavailable
from holdfast_server.insight.attribution.act import Act
from holdfast_server.insight.attribution.evidence import EvidenceKind, Finding, find_all
from holdfast_server.insight.attribution.judge import Judge, Opinion
from holdfast_server.insight.attribution.ranking import WEIGHTS, Ranked, guess, rank
from holdfast_server.insight.attribution.reading import ACTS_MAX, read_acts
from holdfast_server.insight.attribution.view import Attribution, Evidence, Guesses, OpinionView, Suspect
from holdfast_server.kit.db import Database
from holdfast_server.kit.wire import at
from holdfast_server.record.runs import store
from holdfast_server.record.runs.rows import RunRow
from holdfast_server.record.runs.tables import runs
from holdfast_server.record.spans.span import Span
from holdfast_server.record.spans.store import SpanStore


class Attributions:
    """Reads runs and says what speaks against which of their steps."""

    def __init__(self, db: Database, spans: SpanStore, judge: Judge | None = None) -> None:
        self._db, self._spans, self._judge = db, spans, judge

    async def of(self, run: str, *, ask: bool = False) -> Attribution:
        """Where a run turned.

        Args:
            run: any run; of one that succeeded the same is said, and means less.
            ask: whether to ask the judge as well.

        Raises:
            NotFound: no such run arrived.
            Conflict: no judge is set up.
            Unavailable: the judge cannot be asked.
        """
        if ask and self._judge is None:
            raise Conflict(
                "no judge is set up", hint="Set attribution.judge_url and attribution.judge_model."
            )
        row, good = await self._row(run)
        acts = await self._acts(row)
        like = await self._acts(good) if good else ()
        findings = find_all(acts, like)
        opinion = await self._judge.judge(acts) if ask and self._judge is not None else None
        return _show(row, acts, findings, sibling=good.id if good and like else None, opinion=opinion)

    async def _row(self, run: str) -> tuple[RunRow, RunRow | None]:
        async with self._db.read() as connection:
            row = (await store.load_runs(connection, [run])).get(run)
            if row is None:
                raise NotFound(f"there is no run {run[:64]}", hint="List them at /v1/runs.")
            found = (await connection.execute(_sibling(row))).mappings().first() if row.title else None
        return row, store.read_run(found) if found else None

    async def _acts(self, row: RunRow) -> list[Act]:
        async with self._db.read() as connection:
            steps = await store.list_steps(connection, row.trace, after=None, limit=ACTS_MAX)
        spans = await self._read_spans(row.trace)
        if row.id != row.trace:
            steps = [step for step in steps if step.run == row.id]
            spans = [span for span in spans if span.run == row.id]
        return read_acts(steps, spans)

    async def _read_spans(self, trace: str) -> Sequence[Span]:
        try:
            return await self._spans.list_trace(trace, limit=ACTS_MAX)
        except Unavailable:
            return []  # the span store opens or is away; what was decided is evidence all the same


def _sibling(row: RunRow) -> sa.Select[Any]:
    """The newest run that had the same to do and succeeded."""
    like = (runs.c.agent == row.agent, runs.c.version == row.version, runs.c.title == row.title)
    good = (runs.c.state == "completed", runs.c.observed.in_(("", "confirmed")), runs.c.id != row.id)
    return sa.select(runs).where(*like, *good).order_by(runs.c.started_ns.desc()).limit(1)


def _show(
    row: RunRow,
    acts: Sequence[Act],
    findings: Sequence[Finding],
    *,
    sibling: str | None,
    opinion: Opinion | None,
) -> Attribution:
    ranked = rank(findings)
    guesses = {name: acts[place].step for name, place in guess(acts).items()}
    return Attribution.model_validate(
        {
            "run": row.id,
            "state": row.state,
            "turned_at": acts[ranked[0].place].step if ranked else None,
            "suspects": [_suspect(acts[one.place], one) for one in ranked],
            "evidence": [_evidence(acts[one.place], one) for one in findings],
            "baselines": Guesses.model_validate(guesses),
            "sibling": sibling,
            "opinion": _opinion(acts, opinion) if opinion else None,
            "acts": len(acts),
        }
    )


def _suspect(act: Act, ranked: Ranked) -> Suspect:
    kinds: list[EvidenceKind] = [one.kind for one in ranked.findings]
    return Suspect(**_about(act), score=round(ranked.score, 3), kinds=kinds)


def _evidence(act: Act, finding: Finding) -> Evidence:
    return Evidence(**_about(act), kind=finding.kind, weight=WEIGHTS[finding.kind], text=finding.text)


def _about(act: Act) -> dict[str, Any]:
    return {"step": act.step, "agent": act.agent, "target": act.target, "at": at(act.at_ns)}


def _opinion(acts: Sequence[Act], opinion: Opinion) -> OpinionView:
    step = None if opinion.place is None else acts[opinion.place].step
    return OpinionView(model=opinion.model, step=step, reason=opinion.reason)
