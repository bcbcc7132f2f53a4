"""Explaining a recorded step: by the bundle that judged it, in its session as the records make it again."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Final, cast

import msgspec
import sqlalchemy as sa

from holdfast.action import Action, Actor, Effect, Kind, canonicalise, digest
from holdfast.decision import (
    Bundle,
    Decision,
    Explanation,
    LabelNote,
    Outcome,
    Reason,
    Session,
    Situation,
    Verdict,
)
from holdfast.decision.endorsement import leaves
from holdfast.decision.retelling import Retold, retell
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
from holdfast_server.errors import Invalid, NotFound
from holdfast_server.kit.db import Database
from holdfast_server.record.runs import store
from holdfast_server.record.runs.rows import RunRow, StepRow
from holdfast_server.record.runs.step import Explanation as Paragraph
from holdfast_server.record.runs.tables import runs, steps

BEFORE_MAX: Final = 2_000
"""Steps of the session, before the one explained, from which the session is made again."""
NO_BUNDLE: Final = "The policies that judged then are not kept; the rules shown are those in force now."
NO_ARGUMENTS: Final = "The arguments did not arrive, so what would have passed cannot be worked out."
LONG: Final = f"Only the last {BEFORE_MAX} steps of the session were looked at."
RUNS: Final = frozenset({"allow", "transform"})


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
    here = Situation(_action(row, run), _session(row, before, judge), judge, now_ns=row.started_ns)
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
        bundle=told.bundle,
        engine=told.engine,
        exact=found.exact,
        notes=list(found.notes),
        sections=[Paragraph(title=one.title, text=one.text) for one in told.sections],
    )


def _action(row: StepRow, run: RunRow | None) -> Action:
    kind = Kind(row.kind)
    try:
        plain, canonical = canonicalise(_arguments(row))
    except Invalid:
        plain, canonical = {}, b"{}"
    chain = tuple(map(Actor, run.chain if run and run.chain else [row.agent]))
    return Action(
        id=row.id,
        kind=kind,
        actor=Actor(row.agent, run.version if run else "", run.owner if run else ""),
        target=row.target,
        arguments=plain,
        canonical=canonical,
        digest=digest(kind, row.target, canonical),
        effect=Effect(row.effect) if row.effect in set(Effect) else Effect.EXECUTE,
        run=row.run,
        session=row.session,
        trace=row.trace,
        parent=row.parent,
        chain=chain if chain[-1].agent == row.agent else (*chain, Actor(row.agent)),
        person=run.person if run else "",
    )


def _arguments(row: StepRow) -> dict[str, Any]:
    return cast("dict[str, Any]", row.arguments) if isinstance(row.arguments, dict) else {}


def _session(row: StepRow, before: Iterable[StepRow], bundle: Bundle) -> Session:
    """The session as the steps before this one made it."""
    session = Session(row.session)
    for one in before:
        if one.verdict is None:
            continue
        here = Situation(_action(one, None), session, bundle, now_ns=one.started_ns)
        decision = _decision(one, here)
        session.take(here.action, decision)
        if one.ended_ns is not None and one.ended_ns <= row.started_ns and one.verdict in RUNS:
            session.settle(here.action, decision, _outcome(one))
    session.label(*row.labels)
    named = {one.partition("=")[0] for one in row.unendorsed}
    arguments = _arguments(row)
    for name in arguments.keys() - named:
        for value in leaves(arguments[name]):
            session.endorse(str(value))
    return session


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
        hold_micro_usd=row.hold_micro_usd,
        took_ns=row.took_ns or 0,
        timings_ns=tuple((row.timings_ns or {}).items()),
        enforced=row.enforced,
    )


def _outcome(row: StepRow) -> Outcome:
    result = msgspec.json.encode(row.result)
    return Outcome(
        status=row.state if row.state in {"done", "failed", "refused", "halted"} else "done",
        error_class=row.error[:200],
        result_digest=hashlib.blake2b(result, digest_size=16).hexdigest(),
        result_text=row.result if isinstance(row.result, str) else result.decode(),
        cost_micro_usd=row.cost_micro_usd if row.kind == "model" else row.cost_micro_usd or 0,
        tokens_in=row.tokens_in,
        tokens_out=row.tokens_out,
    )


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
