"""Deciding for programs without the SDK: gather facts, ask the pure core, write it down, answer."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import msgspec

from holdfast.action import Action, Kind
from holdfast.decision import Bundle, Decision, Reason, Situation, Verdict, decide
from holdfast.decision.content.passing import tighten
from holdfast.decision.projectors.mail import recipients
from holdfast.record import DecisionWriter, encode_leaf, redact
from holdfast.record.bundles import KeptBundle
from holdfast_server.decision.approvals.approval import UseAsk
from holdfast_server.decision.approvals.approvals import Approvals
from holdfast_server.decision.control.kills import Kills
from holdfast_server.decision.decisions.acting import (
    action_of,
    contract_of,
    fingerprint_of,
    outcome_of,
    result_json,
)
from holdfast_server.decision.decisions.answers import Answers
from holdfast_server.decision.decisions.contents import Contents, Prepared
from holdfast_server.decision.decisions.minutes import Answering, Minutes
from holdfast_server.decision.decisions.move import MOVES_MAX, RUNS, Held, Move
from holdfast_server.decision.decisions.pacing import Pacing
from holdfast_server.decision.decisions.proving import key_of, prove, prove_run, refuse_repetition
from holdfast_server.decision.decisions.question import Answered, OutcomeNote, OutcomeTaken, Question
from holdfast_server.decision.decisions.spending import Spending
from holdfast_server.decision.decisions.telling import (
    answer_of,
    outcome_leaf,
    outcome_payload_of,
    payload_of,
)
from holdfast_server.decision.decisions.under_way import UnderWay
from holdfast_server.decision.policies.kept import KeptBundles
from holdfast_server.decision.policies.policies import Policies
from holdfast_server.errors import Conflict, HoldfastError, NotFound
from holdfast_server.kit.clock import Clock
from holdfast_server.record.ledger.log import LOG, ServerLedger

SESSIONS_MAX: Final = 10_000
"""Sessions held in memory; one that is pushed out is made again from its moves when it is needed."""
BUSY: Final = Reason(
    "holdfast:budget:busy", "budget", "What is left of a budget is in use by others; try again later."
)


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
        spending: Spending,
        pacing: Pacing,
        contents: Contents,
        clock: Clock,
    ) -> None:
        self._minutes, self._answers, self._ledger = minutes, answers, ledger
        self._kept, self._policies = kept, policies
        self._kills, self._approvals, self._clock = kills, approvals, clock
        self._spending, self._pacing, self._contents = spending, pacing, contents
        self._writer = DecisionWriter()
        self._noted: Bundle | None = None
        self._sessions: OrderedDict[str, Held] = OrderedDict()
        self._under_way = UnderWay()
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

    async def renew(self) -> None:
        """What is to be done about leases, between two decisions."""
        async with self._turn:
            await self._spending.work()

    async def close(self) -> None:
        """Report what was used, and give back what is left."""
        async with self._turn:
            await self._spending.close()

    async def _decide(self, question: Question, key: str | None) -> Answered:
        bundle = await self._bundle()
        asked, prepared = question, await self._contents.prepare(question, bundle)
        question = prepared.question
        known = await self._answers.find(key, asked, question)
        if known is not None:
            return known
        held = await self._session(question.session, question.person)
        action = action_of(question, held, bundle)
        if action.id in held.open:
            raise Conflict(
                f"the step {action.id} is under way", hint="Tell its outcome, or leave the id out."
            )
        roles = await self._spend(question.approval, action)
        for text in question.endorse:
            held.session.endorse(text)
        decision = await self._judge(action, held, bundle, prepared, roles)
        try:
            answered = answer_of(action, decision, Situation(action, held.session, bundle), prepared)
            keep = partial(self._answers.keep, key, asked)
            return self._write(question, keep, held, bundle, action, decision, answered)
        except Exception:
            # What was not written down does not run, so it uses nothing.
            self._spending.release(action.id)
            raise

    async def _judge(
        self, action: Action, held: Held, bundle: Bundle, prepared: Prepared, roles: frozenset[str]
    ) -> Decision:
        """Judge with what budgets leave, and hold for what may run; then look whether it may run now."""
        accounts = await self._spending.prepare(action, held, bundle, prepared.question.tags)
        decision = decide(
            action,
            held.session,
            bundle,
            controls=self._kills.controls,
            now_ns=self._clock(),
            approvals=roles,
            tick=time.perf_counter_ns,
        )
        if prepared.objections:
            # Who approves has answered what rules only ask about; what they deny stays denied.
            kept = tuple(one for one in prepared.objections if one.do == "deny" or not roles)
            decision = tighten(decision, kept, approver=bundle.flow.approver)
        if decision.verdict not in RUNS:
            return decision
        repeated = refuse_repetition(held.effects, action, contract_of(action, bundle))
        if repeated is not None:
            return _refuse(decision, "contract", repeated)
        stopped = await self._pacing.admit(action, bundle)
        if stopped is not None:
            reason = Reason(stopped.rule, stopped.stage, stopped.message, stopped.cure)
            return _refuse(decision, stopped.stage, reason)
        if not self._spending.hold(action, bundle, accounts, beyond=bool(roles)):
            self._pacing.release(action, bundle)
            return _refuse(decision, "budget", BUSY)
        return decision

    def _write(  # noqa: PLR0917  # all that one decision consists of
        self,
        question: Question,
        keep: Callable[[Answered], Answering | None],
        held: Held,
        bundle: Bundle,
        action: Action,
        decision: Decision,
        answered: Answered,
    ) -> Answered:
        now, person = self._clock(), held.session.person
        leaf = self._writer.leaf(
            action,
            decision,
            at_ns=now,
            log=LOG,
            contract=fingerprint_of(action, bundle),
            args_commit=self._ledger.commitments.commit(action.id, "arguments", action.canonical),
            approval=question.approval or "",
            leases=self._spending.held(action.id),
        )
        move = Move(
            question.session,
            now,
            held.run,
            action,
            decision,
            person,
            endorse=tuple(question.endorse),
            met=_met(action, bundle) if question.approval and decision.verdict in RUNS else (),
            key=key_of(action, contract_of(action, bundle)) or "",
        )

        def keep_answer(place: int) -> Answering | None:
            nonlocal answered
            answered = msgspec.structs.replace(answered, ledger_index=place)
            return keep(answered)

        shown = redact(action.arguments)
        payload = payload_of(decision, question, shown)
        self._minutes.write(leaf, payload, move.kept(shown), answering=keep_answer)
        held.make(msgspec.structs.replace(move, endorse=()) if move.endorse else move)
        if held.waiting(action.id) is not None:
            self._under_way.begin(action.id, question.session)
        return answered

    async def _settle(self, note: OutcomeNote) -> OutcomeTaken:
        held = await self._find(note.step)
        began = None if held is None else held.waiting(note.step)
        if held is None or began is None:
            raise NotFound(f"no action {note.step} is under way", hint="Ask /v1/decisions first.")
        bundle = self._policies.bundle()
        if began.action.kind is Kind.START:
            proof = prove_run(note, held.unproven.get(began.action.run, {}).values())
        else:
            readings = held.readings.get(note.step, ())
            proof = prove(note, began, contract_of(began.action, bundle), readings)
        showing = await self._contents.show(began.action, note.result, bundle)
        note = msgspec.structs.replace(proof.note, result=showing.value)
        result = result_json(note)
        outcome = outcome_of(note, began.action, result, showing.labels, observed=proof.observed)
        doubt = proof.observed in {"contradicted", "unknown"}
        move = msgspec.structs.replace(began, at_ns=self._clock(), endorse=(), outcome=outcome, doubt=doubt)
        held.make(move)
        self._under_way.end(note.step, move.session)
        leaf = outcome_leaf(
            move,
            note,
            commit=self._ledger.commitments.commit(note.step, "result", result),
            labels=held.session.label_names,
        )
        shown = redact(began.action.arguments)
        place = self._minutes.write(encode_leaf(leaf), outcome_payload_of(note, proof), move.kept(shown))
        self._spending.settle(leaf)
        if began.decision.verdict in RUNS:
            self._pacing.settle(began.action, bundle, leaf, began.at_ns)
        taken = OutcomeTaken(place, note.status, proof.observed, proof.detail, proof.undo)
        return msgspec.structs.replace(taken, result=showing.value) if showing.changed else taken

    async def _settle_on_disk(self, answered: Sequence[Answered]) -> None:
        """What cannot be undone is on the disk before it may run."""
        contracts = self._policies.bundle().contracts
        last = -1
        for one in answered:
            contract = contracts.get(one.target)
            if contract is not None and contract.irreversible and Verdict(one.verdict) in RUNS:
                last = max(last, one.ledger_index)
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
        for name in self._under_way.of(step):
            held = self._sessions.get(name)
            if held is not None and held.waiting(step) is not None:
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


def _met(action: Action, bundle: Bundle) -> tuple[str, ...]:
    """Whom an approved call goes to: a person has seen them, so they are nobody new."""
    contract = contract_of(action, bundle)
    return tuple(sorted(recipients(action.arguments, contract))) if contract is not None else ()


def _refuse(decision: Decision, stage: str, reason: Reason) -> Decision:
    """A refusal of what rules had allowed."""
    return msgspec.structs.replace(
        decision, verdict=Verdict.DENY, stage=stage, reasons=(reason,), obligations=()
    )
