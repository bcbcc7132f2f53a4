"""Explaining a recorded step: by the bundle that judged it, in its session as the records make it again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import sqlalchemy as sa

from holdfast.decision import (
    Bundle,
    Decision,
    Explanation,
    LabelNote,
    Reason,
    Session,
    Situation,
    Verdict,
)
from holdfast.decision.endorsement import leaves
from holdfast.decision.retelling import Retold, labels_then, retell
from holdfast.decision.verdict import Would
from holdfast.record import redact
from holdfast_server.decision.decisions.explanation import (
    KeeperView,
    LabelView,
    RuleView,
    StepExplanation,
    Way,
)
from holdfast_server.decision.policies.kept import KeptBundles
from holdfast_server.decision.policies.policies import Policies
from holdfast_server.errors import NotFound
from holdfast_server.kit.db import Database
from holdfast_server.record.runs import store
from holdfast_server.record.runs.recalling import action_of, arguments_of, outcome_of
from holdfast_server.record.runs.rows import RunRow, StepRow
from holdfast_server.record.runs.step import Explanation as Paragraph
from holdfast_server.record.runs.step import WouldView
from holdfast_server.record.runs.tables import runs, steps

BEFORE_MAX: Final = 2_000
"""Steps of the session, before the one explained, from which the session is made again."""
NO_BUNDLE: Final = "The policies that judged then are not kept; the rules shown are those in force now."
NO_ARGUMENTS: Final = "The arguments did not arrive, so what would have passed cannot be worked out."
LONG: Final = f"Only the last {BEFORE_MAX} steps of the session were looked at."
RUNS: Final = frozenset({"allow", "transform"})
VERDICTS: Final = frozenset(one.value for one in Verdict)


class Explaining:
    """Puts explanations together from what was recorded."""

    def __init__(self, db: Database, kept: KeptBundles, policies: Policies) -> None:
        self._db, self._kept, self._policies = db, kept, policies

    async def explain(self, step: str) -> StepExplanation:
        """Explain one step.

        Raises:
            NotFound: nothing was decided about it, or no such step arrived.
        """
        async with self._db.read() as connection:
            row = await store.find_step(connection, step)
            if row is None or row.verdict is None:
                raise NotFound(f"nothing was decided about the step {step[:64]}", hint="See /v1/steps/{id}.")
            run = (await store.load_runs(connection, [row.run])).get(row.run)
            of_session = sa.select(runs.c.id).where(runs.c.session == row.session)
            query = sa.select(steps).where(steps.c.run.in_(of_session), steps.c.started_ns < row.started_ns)
            query = query.where(steps.c.id != row.id).order_by(steps.c.started_ns.desc()).limit(BEFORE_MAX)
            before = [store.read_step(one) for one in (await connection.execute(query)).mappings()][::-1]
        bundle = await self._kept.find(row.bundle)
        return await asyncio.to_thread(_explain, row, run, before, bundle, self._policies.bundle())


def _explain(
    row: StepRow, run: RunRow | None, before: Sequence[StepRow], bundle: Bundle | None, now: Bundle
) -> StepExplanation:
    notes = [NO_BUNDLE] if bundle is None else []
    if row.arguments is None:
        notes.append(NO_ARGUMENTS)
    if len(before) == BEFORE_MAX:
        notes.append(LONG)
    judge = bundle or now
    session = _session(row, before, judge)
    row = msgspec.structs.replace(row, labels=_labels_then(row, session, judge))
    session.label(*row.labels)
    here = Situation(action_of(row, run), session, judge, now_ns=row.started_ns)
    found = retell(_decision(row, here), here, origins=_origins(row, before), notes=notes)
    return show(found, row)


def show(found: Retold, row: StepRow) -> StepExplanation:
    """An explanation as it is sent: nothing in it that was not redacted."""
    told: Explanation = found.explanation
    return StepExplanation(
        step=row.id,
        verdict=told.verdict.value,
        headline=told.headline,
        stage=told.stage,
        rules=[RuleView(**msgspec.structs.asdict(one)) for one in told.rules],
        inputs=redact(dict(told.inputs)),
        labels=[
            LabelView.model_validate(msgspec.to_builtins(one) | {"since_step": one.since_step or None})
            for one in told.labels
        ],
        chain=list(told.chain),
        timings_us=dict(told.timings_us),
        took_us=told.took_us,
        would_pass_if=[
            Way(text=one.text, verdict=one.verdict.value, changes=redact(dict(one.changes)))
            for one in told.would_pass_if
        ],
        who_may_change=[KeeperView.model_validate(msgspec.to_builtins(one)) for one in told.who_may_change],
        arguments=redact(dict(told.arguments)),
        obligations=list(told.obligations),
        unendorsed=list(told.unendorsed),
        errors=list(told.errors),
        would=[WouldView.model_validate(msgspec.to_builtins(one)) for one in told.would],
        bundle=told.bundle,
        engine=told.engine,
        exact=found.exact,
        notes=list(found.notes),
        sections=[Paragraph(title=one.title, text=one.text) for one in told.sections],
    )


def _session(row: StepRow, before: Iterable[StepRow], bundle: Bundle) -> Session:
    """The session as the steps before this one made it."""
    session = Session(row.session)
    for one in before:
        if one.verdict is None:
            continue
        here = Situation(action_of(one, None), session, bundle, now_ns=one.started_ns)
        decision = _decision(one, here)
        session.take(here.action, decision)
        if one.ended_ns is not None and one.ended_ns <= row.started_ns and one.verdict in RUNS:
            session.settle(here.action, decision, outcome_of(one))
    named = {one.partition("=")[0] for one in row.unendorsed}
    arguments = arguments_of(row)
    for name in arguments.keys() - named:
        for value in leaves(arguments[name]):
            session.endorse(str(value))
    return session


def _labels_then(row: StepRow, session: Session, bundle: Bundle) -> list[str]:
    """The labels that there were when the step was judged: one that has run shows what it brought as well."""
    if row.ended_ns is None or row.verdict not in RUNS:
        return row.labels
    gate = bundle.gate(action_of(row, None))
    return list(labels_then(row.labels, session.labels, gate.brings if gate is not None else ()))


def _decision(row: StepRow, here: Situation) -> Decision:
    gate = here.bundle.gate(here.action)
    return Decision(
        row.id,
        Verdict(row.verdict or "deny"),
        row.stage,
        tuple(Reason(**reason) for reason in row.reasons),
        here.arguments,
        here.action.digest,
        row.bundle,
        obligations=tuple(row.obligations),
        labels=tuple(row.labels),
        brings=gate.brings if gate is not None else (),
        unendorsed=tuple(row.unendorsed),
        would=tuple(_would(row)),
        hold_micro_usd=row.hold_micro_usd,
        took_ns=row.took_ns or 0,
        timings_ns=tuple((row.timings_ns or {}).items()),
        enforced=row.enforced,
    )


def _would(row: StepRow) -> Iterable[Would]:
    """What rules would have said that did not count; what a program told amiss is left out."""
    for one in row.would or ():
        if one["verdict"] in VERDICTS:
            yield Would(one["rule"], Verdict(one["verdict"]), one["message"], one["level"])


def _origins(row: StepRow, before: Iterable[StepRow]) -> list[LabelNote]:
    """The first step after which each label was there."""
    wanted, found = set(row.labels), list[LabelNote]()
    for one in sorted(before, key=lambda one: one.ended_ns or 0):
        if one.ended_ns is None or one.ended_ns > row.started_ns:
            continue
        for label in sorted(wanted & set(one.labels)):
            wanted.discard(label)
            found.append(LabelNote(label, one.id, one.target))
    return found
