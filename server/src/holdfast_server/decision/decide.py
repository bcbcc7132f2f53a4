"""Deciding for programs without the SDK: gather facts, ask the pure core, write it down, answer."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from typing import Any, Final

import msgspec
import structlog

from holdfast.action import Action, Actor, Contract, Effect, Estimate, Kind, canonicalise, digest
from holdfast.decision import Bundle, Decision, Outcome, Section, Session, Situation, Verdict, decide, explain
from holdfast.record import OutcomeRecord, decision_record, redact
from holdfast_server.decision.approvals.approval import UseAsk
from holdfast_server.decision.approvals.approvals import Approvals
from holdfast_server.decision.control.kills import Kills
from holdfast_server.decision.policies.policies import Policies
from holdfast_server.decision.question import ActorNote, Answered, OutcomeNote, OutcomeTaken, Question
from holdfast_server.errors import Conflict, NotFound
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.kit.ids import new_run_id, new_step_id
from holdfast_server.kit.wire import MICRO
from holdfast_server.record.ledger.log import LOG, ServerLedger
from holdfast_server.record.records import Records
from holdfast_server.record.runs.step import Explanation, StepReason

log = structlog.get_logger(__name__)

SESSIONS_MAX: Final = 10_000
OPEN_MAX: Final = 1_000
"""Judged actions of one session whose outcome has not been told."""
PREVIEW: Final = 4096


class Held:
    """One session as the server keeps it: its state, its run, and what is under way in it."""

    def __init__(self, name: str, person: str) -> None:
        self.session = Session(name, person=person)
        self.run = new_run_id()
        self.open: OrderedDict[str, tuple[Action, Decision]] = OrderedDict()


class Decider:
    """Judges actions that come over HTTP; one at a time, so that no budget is spent twice."""

    def __init__(  # noqa: PLR0917  # one of each, as the composition root has them
        self,
        db: Database,
        ledger: ServerLedger,
        records: Records,
        policies: Policies,
        kills: Kills,
        approvals: Approvals,
        clock: Clock,
    ) -> None:
        self._db, self._ledger, self._records = db, ledger, records
        self._policies, self._kills, self._approvals, self._clock = policies, kills, approvals, clock
        self._sessions: OrderedDict[str, Held] = OrderedDict()
        self._where: OrderedDict[str, str] = OrderedDict()
        """The session of every open step."""
        self._turn = asyncio.Lock()

    async def decide(self, question: Question) -> Answered:
        """Judge an action; the decision is in the ledger when this returns.

        Raises:
            Invalid: the arguments are not plain data.
            Conflict: the approval is not one of exactly this action, or is spent.
        """
        async with self._turn:
            bundle = self._policies.bundle()
            held = self._session(question)
            for text in question.endorse:
                held.session.endorse(text)
            action = _action(question, held, bundle)
            roles = await self._spend(question.approval, action)
            now = self._clock()
            decision = decide(
                action,
                held.session,
                bundle,
                controls=self._kills.controls,
                now_ns=now,
                approvals=roles,
                tick=time.perf_counter_ns,
            )
            place = await self._write(action, decision, bundle, question, now)
            held.session.take(action, decision)
            if decision.verdict in (Verdict.ALLOW, Verdict.TRANSFORM):
                self._keep_open(held, action, decision)
            said = explain(decision, Situation(action, held.session, bundle), search=False)
        return _answer(action, decision, said.sections, place)

    async def settle(self, note: OutcomeNote) -> OutcomeTaken:
        """Take in how a judged action ended.

        Raises:
            NotFound: no such action is under way.
        """
        async with self._turn:
            held = self._sessions.get(self._where.pop(note.step, ""))
            if held is None or note.step not in held.open:
                raise NotFound(f"no action {note.step} is under way", hint="Ask /v1/decisions first.")
            action, decision = held.open.pop(note.step)
            result = msgspec.json.encode(note.result)
            cost = None if note.cost_usd is None else round(note.cost_usd * MICRO)
            outcome = Outcome(
                status=note.status,
                error_class=note.error_class,
                result_digest=hashlib.blake2b(result, digest_size=16).hexdigest(),
                result_text=note.result if isinstance(note.result, str) else result.decode(),
                cost_micro_usd=0 if cost is None and action.kind is not Kind.MODEL else cost,
                tokens_in=note.tokens_in,
                tokens_out=note.tokens_out,
            )
            held.session.settle(action, decision, outcome)
            leaf = self._outcome_leaf(action, note, outcome, result, tuple(held.session.labels))
            payload = {"result": _preview(note.result), "error": note.error, "provider": note.provider}
            async with self._db.write() as connection:
                place = await self._records.take_own(connection, leaf, payload | {"model": note.model})
        return OutcomeTaken(ledger_index=place)

    def _session(self, question: Question) -> Held:
        held = self._sessions.get(question.session)
        if held is None:
            held = self._sessions[question.session] = Held(question.session, question.person)
            if len(self._sessions) > SESSIONS_MAX:
                name, _ = self._sessions.popitem(last=False)
                log.warning("session_forgotten", session=name, most=SESSIONS_MAX)
        self._sessions.move_to_end(question.session)
        return held

    async def _spend(self, approval: str | None, action: Action) -> frozenset[str]:
        """The roles whose approval this very action has; using it is final."""
        if approval is None:
            return frozenset()
        found = await self._approvals.get(approval)
        if found.session != action.session:
            raise Conflict("the approval belongs to another session", hint="Ask again.")
        await self._approvals.use(approval, UseAsk(digest=action.digest, step=action.id))
        return frozenset(found.roles)

    def _keep_open(self, held: Held, action: Action, decision: Decision) -> None:
        held.open[action.id] = (action, decision)
        self._where[action.id] = held.session.id
        if len(held.open) > OPEN_MAX:
            forgotten, _ = held.open.popitem(last=False)
            self._where.pop(forgotten, None)

    async def _write(
        self, action: Action, decision: Decision, bundle: Bundle, question: Question, now: int
    ) -> int:
        leaf = decision_record(
            action,
            decision,
            at_ns=now,
            log=LOG,
            contract=_contract_of(action, bundle),
            args_commit=self._ledger.commitments.commit(action.id, "arguments", action.canonical),
            approval=question.approval or "",
        )
        payload = {
            "arguments": redact(decision.arguments),
            "reasons": msgspec.to_builtins(decision.reasons),
            "obligations": list(decision.obligations),
            "timings_ns": dict(decision.timings_ns),
            "took_ns": decision.took_ns,
            "framework": "http",
            "title": question.title,
        }
        async with self._db.write() as connection:
            return await self._records.take_own(connection, leaf, payload)

    def _outcome_leaf(
        self, action: Action, note: OutcomeNote, outcome: Outcome, result: bytes, labels: tuple[str, ...]
    ) -> OutcomeRecord:
        return OutcomeRecord(
            at_ns=self._clock(),
            log=LOG,
            step=action.id,
            run=action.run,
            session=action.session,
            status=note.status,
            result_commit=self._ledger.commitments.commit(action.id, "result", result),
            cost_micro_usd=outcome.cost_micro_usd,
            tokens_in=note.tokens_in,
            tokens_out=note.tokens_out,
            model=note.model,
            labels=tuple(sorted(labels)),
            error_class=note.error_class,
        )


def _action(question: Question, held: Held, bundle: Bundle) -> Action:
    arguments, canonical = canonicalise(question.arguments)
    kind = Kind(question.kind)
    actor = _actor(question.actor)
    run = question.run or held.run
    estimate = question.estimate
    return Action(
        id=question.id or new_step_id(),
        kind=kind,
        actor=actor,
        target=question.target,
        arguments=arguments,
        canonical=canonical,
        digest=digest(kind.value, question.target, canonical),
        effect=_effect(kind, bundle.contracts.get(question.target)),
        run=run,
        session=question.session,
        trace=question.trace or run,
        parent=question.parent,
        chain=(*map(_actor, question.chain), actor),
        person=question.person,
        estimate=Estimate(
            estimate.tokens_in,
            estimate.tokens_out,
            None if estimate.cost_usd is None else round(estimate.cost_usd * MICRO),
        ),
    )


def _effect(kind: Kind, contract: Contract | None) -> Effect:
    if kind is Kind.TOOL:
        return contract.effect if contract else Effect.EXECUTE
    return Effect.SPEND if kind is Kind.MODEL else Effect.EXECUTE


def _contract_of(action: Action, bundle: Bundle) -> str:
    contract = bundle.contracts.get(action.target) if action.kind is Kind.TOOL else None
    return contract.fingerprint()[:16] if contract else ""


def _actor(note: ActorNote) -> Actor:
    return Actor(note.agent, note.version, note.owner)


def _preview(result: Any) -> Any:
    shown = redact(result)
    text = shown if isinstance(shown, str) else msgspec.json.encode(shown).decode()
    return shown if len(text) <= PREVIEW else f"{text[:PREVIEW]}… ({len(text)} characters)"


def _answer(action: Action, decision: Decision, said: tuple[Section, ...], place: int) -> Answered:
    return Answered(
        verdict=decision.verdict.value,
        stage=decision.stage,
        step=action.id,
        run=action.run,
        session=action.session,
        reasons=[StepReason(**msgspec.structs.asdict(reason)) for reason in decision.reasons],
        obligations=list(decision.obligations),
        arguments=decision.arguments,
        digest=decision.digest,
        roles=list(decision.roles),
        labels=list(decision.labels),
        unendorsed=list(decision.unendorsed),
        bundle=decision.bundle,
        took_us=decision.took_ns / 1000,
        timings_us={stage: ns / 1000 for stage, ns in decision.timings_ns},
        explanation=[Explanation(title=one.title, text=one.text) for one in said],
        ledger_index=place,
    )
