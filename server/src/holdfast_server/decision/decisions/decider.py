"""Deciding for programs without the SDK: gather facts, ask the pure core, write it down, answer."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from holdfast.action import Action, Actor, Contract, Effect, Estimate, Kind, canonicalise, digest
from holdfast.decision import Bundle, Decision, Outcome, Situation, Verdict, decide, explain
from holdfast.record import OutcomeRecord, decision_record, redact, redact_text
from holdfast.record.bundles import KeptBundle
from holdfast_server.decision.approvals.approval import UseAsk
from holdfast_server.decision.approvals.approvals import Approvals
from holdfast_server.decision.control.kills import Kills
from holdfast_server.decision.decisions.answers import Answers
from holdfast_server.decision.decisions.minutes import Answering, Minutes
from holdfast_server.decision.decisions.move import MOVES_MAX, RUNS, Held, Move
from holdfast_server.decision.decisions.question import (
    ActorNote,
    Answered,
    OutcomeNote,
    OutcomeTaken,
    Question,
)
from holdfast_server.decision.policies.kept import KeptBundles
from holdfast_server.decision.policies.policies import Policies
from holdfast_server.errors import Conflict, HoldfastError, NotFound
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.ids import new_step_id
from holdfast_server.kit.wire import MICRO
from holdfast_server.record.ledger.log import LOG, ServerLedger
from holdfast_server.record.runs.step import Explanation, StepReason

SESSIONS_MAX: Final = 10_000
"""Sessions held in memory; one that is pushed out is made again from its moves when it is needed."""
PREVIEW: Final = 4096


class Decider:
    """Judges actions that come over HTTP; one at a time, so that no budget is spent twice."""

    def __init__(  # noqa: PLR0917  # one of each, as the composition root has them
        self,
        minutes: Minutes,
        answers: Answers,
        ledger: ServerLedger,
        kept: KeptBundles,
        policies: Policies,
        kills: Kills,
        approvals: Approvals,
        clock: Clock,
    ) -> None:
        self._minutes, self._answers, self._ledger = minutes, answers, ledger
        self._kept, self._policies = kept, policies
        self._kills, self._approvals, self._clock = kills, approvals, clock
        self._noted: Bundle | None = None
        self._sessions: OrderedDict[str, Held] = OrderedDict()
        self._turn = asyncio.Lock()

    async def decide(self, question: Question, *, key: str | None = None) -> Answered:
        """Judge an action; the decision is in the ledger when this returns.

        Args:
            question: the action.
            key: an idempotency key; the same question under it gets the same answer, and is judged once.

        Raises:
            Invalid: the arguments are not plain data.
            Conflict: the approval is not one of exactly this action, or is spent; the step is under way; the
            session is too long; the key came with another question.
        """
        await self._minutes.keep_up()
        async with self._turn:
            answered = await self._decide(question, key)
        await self._settle_on_disk([answered])
        return answered

    async def decide_all(self, questions: Sequence[Question]) -> list[Answered | HoldfastError]:
        """Judge several actions in their order; what is wrong with one does not concern the others."""
        await self._minutes.keep_up()
        found: list[Answered | HoldfastError] = []
        async with self._turn:
            for question in questions:
                try:
                    found.append(await self._decide(question, None))
                except HoldfastError as error:
                    found.append(error)
        await self._settle_on_disk([one for one in found if isinstance(one, Answered)])
        return found

    async def settle(self, note: OutcomeNote) -> OutcomeTaken:
        """Take in how a judged action ended.

        Raises:
            NotFound: no such action is under way.
        """
        await self._minutes.keep_up()
        async with self._turn:
            return await self._settle(note)

    async def settle_all(self, notes: Sequence[OutcomeNote]) -> list[OutcomeTaken | HoldfastError]:
        """Take in how several actions ended, in their order."""
        await self._minutes.keep_up()
        found: list[OutcomeTaken | HoldfastError] = []
        async with self._turn:
            for note in notes:
                try:
                    found.append(await self._settle(note))
                except HoldfastError as error:
                    found.append(error)
        return found

    async def _decide(self, question: Question, key: str | None) -> Answered:
        known = await self._answers.find(key, question)
        if known is not None:
            return known
        bundle = await self._bundle()
        held = await self._session(question.session, question.person)
        action = _action(question, held, bundle)
        if action.id in held.open:
            raise Conflict(
                f"the step {action.id} is under way", hint="Tell its outcome, or leave the id out."
            )
        roles = await self._spend(question.approval, action)
        for text in question.endorse:
            held.session.endorse(text)
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
        answered = _answer(action, decision, Situation(action, held.session, bundle))
        return self._write(question, key, held, bundle, Judged(action, decision, answered, now))

    def _write(
        self, question: Question, key: str | None, held: Held, bundle: Bundle, judged: Judged
    ) -> Answered:
        action, decision, now = judged.action, judged.decision, judged.at_ns
        leaf = decision_record(
            action,
            decision,
            at_ns=now,
            log=LOG,
            contract=_contract_of(action, bundle),
            args_commit=self._ledger.commitments.commit(action.id, "arguments", action.canonical),
            approval=question.approval or "",
        )
        endorse = tuple(question.endorse)
        move = Move(
            question.session, now, held.run, action, decision, person=held.session.person, endorse=endorse
        )
        answered = judged.answered

        def keep_answer(place: int) -> Answering | None:
            nonlocal answered
            answered = answered.model_copy(update={"ledger_index": place})
            return self._answers.keep(key, question, answered)

        self._minutes.write(leaf, _payload(decision, question), move, answering=keep_answer)
        held.make(msgspec.structs.replace(move, endorse=()))
        return answered

    async def _settle(self, note: OutcomeNote) -> OutcomeTaken:
        held = await self._find(note.step)
        found = None if held is None else held.open.get(note.step) or held.asked.get(note.step)
        if held is None or found is None:
            raise NotFound(f"no action {note.step} is under way", hint="Ask /v1/decisions first.")
        action, decision = found
        result = msgspec.json.encode(note.result)
        outcome = _outcome(note, action, result)
        move = Move(
            held.session.id, self._clock(), held.run, action, decision, held.session.person, outcome=outcome
        )
        held.make(move)
        payload = {"result": _preview(note.result), "error": note.error, "provider": note.provider}
        leaf = self._outcome_leaf(move, note, result, tuple(sorted(held.session.labels)))
        return OutcomeTaken(ledger_index=self._minutes.write(leaf, payload | {"model": note.model}, move))

    async def _settle_on_disk(self, answered: Sequence[Answered]) -> None:
        """What cannot be undone is on the disk before it may run."""
        contracts = self._policies.bundle().contracts
        last = max((one.ledger_index for one in answered if _must_be_durable(one, contracts)), default=-1)
        if last >= 0:
            await self._minutes.settle_on_disk(last)

    async def _bundle(self) -> Bundle:
        """The bundle in force; one that judges for the first time is kept, so that it can be shown later."""
        bundle = self._policies.bundle()
        if bundle is not self._noted:
            await self._kept.keep(KeptBundle.of(bundle))
            self._noted = bundle
        return bundle

    async def _session(self, name: str, person: str) -> Held:
        held = self._sessions.get(name)
        if held is None:
            held = await self._minutes.recall(name) or Held(name, person)
            self._sessions[name] = held
            if len(self._sessions) > SESSIONS_MAX:
                self._sessions.popitem(last=False)
                self._minutes.push_out()
        self._sessions.move_to_end(name)
        if held.moves >= MOVES_MAX:
            raise Conflict(f"the session has made {held.moves} moves, the most it may", hint="Begin another.")
        return held

    async def _find(self, step: str) -> Held | None:
        """The session in which this step is under way."""
        for held in reversed(self._sessions.values()):
            if step in held.open or step in held.asked:
                return held
        name = await self._minutes.session_of(step)
        return None if name is None else await self._session(name, "")

    async def _spend(self, approval: str | None, action: Action) -> frozenset[str]:
        """The roles whose approval this very action has; using it is final."""
        if approval is None:
            return frozenset()
        await self._minutes.take_in()
        found = await self._approvals.get(approval)
        if found.session != action.session:
            raise Conflict("the approval belongs to another session", hint="Ask again.")
        await self._approvals.use(approval, UseAsk(digest=action.digest, step=action.id))
        return frozenset(found.roles)

    def _outcome_leaf(
        self, move: Move, note: OutcomeNote, result: bytes, labels: tuple[str, ...]
    ) -> OutcomeRecord:
        action, outcome = move.action, move.outcome
        return OutcomeRecord(
            at_ns=move.at_ns,
            log=LOG,
            step=action.id,
            run=action.run,
            session=action.session,
            status=note.status,
            result_commit=self._ledger.commitments.commit(action.id, "result", result),
            cost_micro_usd=outcome.cost_micro_usd if outcome else None,
            tokens_in=note.tokens_in,
            tokens_out=note.tokens_out,
            model=note.model,
            labels=labels,
            error_class=note.error_class,
        )


class Judged(msgspec.Struct, frozen=True):
    """One action with what came of judging it."""

    action: Action
    decision: Decision
    answered: Answered
    at_ns: int


def _must_be_durable(one: Answered, contracts: Any) -> bool:
    contract: Contract | None = contracts.get(one.target)
    return one.verdict in RUNS and contract is not None and contract.irreversible


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
        facts=question.facts or None,
    )


def _effect(kind: Kind, contract: Contract | None) -> Effect:
    if kind is Kind.TOOL:
        return contract.effect if contract else Effect.EXECUTE
    return Effect.SPEND if kind is Kind.MODEL else Effect.EXECUTE


def _contract_of(action: Action, bundle: Bundle) -> str:
    return bundle.fingerprints.get(action.target, "")[:16] if action.kind is Kind.TOOL else ""


def _actor(note: ActorNote) -> Actor:
    return Actor(note.agent, note.version, note.owner)


def _outcome(note: OutcomeNote, action: Action, result: bytes) -> Outcome:
    cost = None if note.cost_usd is None else round(note.cost_usd * MICRO)
    return Outcome(
        status=note.status,
        error_class=note.error_class,
        result_digest=hashlib.blake2b(result, digest_size=16).hexdigest(),
        result_text=note.result if isinstance(note.result, str) else result.decode(),
        cost_micro_usd=0 if cost is None and action.kind is not Kind.MODEL else cost,
        tokens_in=note.tokens_in,
        tokens_out=note.tokens_out,
    )


def _payload(decision: Decision, question: Question) -> dict[str, Any]:
    return {
        "arguments": redact(decision.arguments),
        "reasons": redact(msgspec.to_builtins(decision.reasons)),
        "obligations": redact(list(decision.obligations)),
        "unendorsed": redact(list(decision.unendorsed)),
        "facts": question.facts or None,
        "would": msgspec.to_builtins(decision.would),
        "timings_ns": dict(decision.timings_ns),
        "took_ns": decision.took_ns,
        "framework": "http",
        "title": redact_text(question.title),
    }


def _preview(result: Any) -> Any:
    shown = redact(result)
    text = shown if isinstance(shown, str) else msgspec.json.encode(shown).decode()
    return shown if len(text) <= PREVIEW else f"{text[:PREVIEW]}… ({len(text)} characters)"


def _answer(action: Action, decision: Decision, here: Situation) -> Answered:
    """The answer before it has its place in the ledger; explained without looking for what would pass."""
    told = explain(decision, here, search=False).sections if decision.verdict is not Verdict.ALLOW else ()
    return Answered(
        verdict=decision.verdict.value,
        stage=decision.stage,
        step=action.id,
        run=action.run,
        session=action.session,
        target=action.target,
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
        explanation=[Explanation(title=one.title, text=one.text) for one in told],
        ledger_index=-1,
    )
