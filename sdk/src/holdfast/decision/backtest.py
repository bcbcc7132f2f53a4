"""The time machine: what other policies would have said to what really happened.

Every recorded action is judged twice, by the policies in force and by a draft, in a session that goes on as
it really went: by what was decided then, and by what came of it. So one changed verdict does not change the
history of the next, and what differs is the draft's doing alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from holdfast.action import Action, Kind
from holdfast.decision.bundle import Bundle
from holdfast.decision.deciding import decide
from holdfast.decision.endorsement import leaves
from holdfast.decision.gate import Gate
from holdfast.decision.outcome import Outcome
from holdfast.decision.retelling import labels_then
from holdfast.decision.session import Session
from holdfast.decision.verdict import Decision, Reason, Verdict

SESSIONS_MAX: Final = 10_000
"""Sessions followed at once; the one that began first is forgotten."""
TARGETS_MAX: Final = 10_000
EXAMPLES: Final = 3
RUNS: Final = frozenset({Verdict.ALLOW, Verdict.TRANSFORM})


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """One action that was decided once, as far as it was kept."""

    action: Action
    verdict: Verdict
    """What was decided in the end."""
    at_ns: int
    rules: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    """The session's: when it was judged or, where the action has an outcome, once it had run."""
    approved: bool = False
    """Whether that was so because a person approved it: the policies themselves asked."""
    unendorsed: tuple[str, ...] = ()
    """Names of the critical arguments that nobody entitled had chosen."""
    hold_micro_usd: int = 0
    ended_ns: int | None = None
    outcome: Outcome | None = None
    cost_micro_usd: int | None = None


class Example(msgspec.Struct, frozen=True, gc=False):
    """One action whose verdict changes."""

    step: str
    run: str
    at_ns: int
    arguments: dict[str, Any]
    reasons: tuple[Reason, ...]
    """Of the stricter of the two verdicts: why it is refused now, or was until now."""


class Change(msgspec.Struct, frozen=True, gc=False):
    """Actions of one agent with one tool whose verdict changes in the same way."""

    agent: str
    tool: str
    before: Verdict
    after: Verdict
    count: int
    cost_micro_usd: int
    """What those of them that ran have cost, as far as it is known."""
    examples: tuple[Example, ...]


class Backtest(msgspec.Struct, frozen=True):
    """What a draft would have changed."""

    actions: int
    changed: tuple[Change, ...]
    """The most frequent first."""
    inexact: int
    """Actions that the policies in force judge otherwise than was decided then: they changed since, or
    something they read was not kept."""


class TimeMachine:
    """Takes recorded actions in the order in which they were decided."""

    def __init__(self, old: Bundle, new: Bundle, *, examples: int = EXAMPLES) -> None:
        self._old, self._new, self._examples = old, new, examples
        self._sessions: dict[str, _Past] = {}
        self._changes: dict[tuple[str, str, Verdict, Verdict], _Tally] = {}
        self._actions = self._inexact = 0
        self._same_terms = _terms(old) == _terms(new)
        self._same: dict[tuple[Kind, str], bool] = {}
        """Of each tool, whether both judge it by the same rules: then judging it once is enough."""

    def take(self, recorded: Recorded) -> None:
        """Judge one action by both, then go on as it really went."""
        action, now_ns = recorded.action, recorded.at_ns
        past = self._past(action.session)
        past.settle_until(now_ns)
        if recorded.labels:
            past.session.label(*self._labels(past.session, recorded))
        if past.session.labels:
            self._endorse(past.session, recorded)
        old = decide(action, past.session, self._old, now_ns=now_ns)
        new = old if self._alike(action) else decide(action, past.session, self._new, now_ns=now_ns)
        self._actions += 1
        self._inexact += old.verdict is not (Verdict.ASK if recorded.approved else recorded.verdict)
        if old.verdict is not new.verdict:
            key = (action.actor.agent, action.target, old.verdict, new.verdict)
            self._changes.setdefault(key, _Tally()).add(recorded, old, new, self._examples)
        past.go_on(recorded, self._new)

    def result(self) -> Backtest:
        """What has been found so far."""
        changed = [
            Change(*key, tally.count, tally.cost_micro_usd, tuple(tally.examples))
            for key, tally in self._changes.items()
        ]
        changed.sort(key=lambda one: (-one.count, one.agent, one.tool, one.after))
        return Backtest(self._actions, tuple(changed), self._inexact)

    def _labels(self, session: Session, recorded: Recorded) -> tuple[str, ...]:
        """The labels that there were when it was judged."""
        if recorded.outcome is None or recorded.verdict not in RUNS:
            return recorded.labels
        return labels_then(recorded.labels, session.labels, self._old.plan(recorded.action).brings)

    def _endorse(self, session: Session, recorded: Recorded) -> None:
        """Whose words chose the critical arguments is not kept, only which of them nobody chose."""
        gate = self._old.gate(recorded.action)
        for name in gate.contract.critical if gate is not None else ():
            if name not in recorded.unendorsed:
                for value in leaves(recorded.action.arguments.get(name)):
                    session.endorsed.approve(value)

    def _alike(self, action: Action) -> bool:
        """Whether the draft judges actions like this one exactly as the policies in force do."""
        key = (action.kind, action.target)
        same = self._same.get(key)
        if same is None:
            same = self._same_terms and _rules(self._old.gate(action)) == _rules(self._new.gate(action))
            if len(self._same) < TARGETS_MAX:
                self._same[key] = same
        return same

    def _past(self, session: str) -> _Past:
        past = self._sessions.get(session)
        if past is None:
            past = self._sessions[session] = _Past(Session(session))
            if len(self._sessions) > SESSIONS_MAX:
                del self._sessions[next(iter(self._sessions))]
        return past


def backtest(recorded: Iterable[Recorded], old: Bundle, new: Bundle, *, examples: int = EXAMPLES) -> Backtest:
    """Judge what was recorded by the policies in force and by a draft.

    Args:
        recorded: in the order in which it was decided.
        old: the policies in force.
        new: the draft, with the same contracts.
        examples: how many of each change to show.
    """
    machine = TimeMachine(old, new, examples=examples)
    for one in recorded:
        machine.take(one)
    return machine.result()


def _terms(bundle: Bundle) -> tuple[object, ...]:
    """What a bundle holds every action to, whatever it is."""
    told = bundle.terms
    return bundle.agents, told.detectors, told.flow, told.limits, told.enforcement, bundle.fingerprints


def _rules(gate: Gate | None) -> list[tuple[str, str]] | None:
    """What a bundle says of one kind of action; None when it has never heard of it."""
    return None if gate is None else [(policy.id, policy.text) for policy in gate.policies]


class _Past:
    """A session as it really went."""

    __slots__ = ("open", "session")

    def __init__(self, session: Session) -> None:
        self.session = session
        self.open: list[tuple[int, Action, Decision, Outcome]] = []
        """What runs and is known to end."""

    def settle_until(self, now_ns: int) -> None:
        """Let everything end that had ended by then."""
        ended = [one for one in self.open if one[0] <= now_ns]
        if not ended:
            return
        self.open = [one for one in self.open if one[0] > now_ns] if len(ended) < len(self.open) else []
        for _, action, decision, outcome in sorted(ended, key=_end) if len(ended) > 1 else ended:
            self.session.settle(action, decision, outcome)

    def go_on(self, recorded: Recorded, bundle: Bundle) -> None:
        """Do what was decided then."""
        action = recorded.action
        decided = Decision(
            action.id,
            recorded.verdict,
            "recorded",
            tuple([Reason(rule, "recorded", "") for rule in recorded.rules]) if recorded.rules else UNKNOWN,
            action.arguments,
            action.digest,
            "",
            labels=recorded.labels,
            brings=bundle.plan(action).brings,
            hold_micro_usd=recorded.hold_micro_usd,
        )
        # What was halted then is over; a draft may be looser, so later actions must not find the latch.
        if recorded.verdict is not Verdict.HALT:
            self.session.take(action, decided)
        if recorded.outcome is not None and recorded.ended_ns is not None and recorded.verdict in RUNS:
            self.open.append((recorded.ended_ns, action, decided, recorded.outcome))


def _end(running: tuple[int, Action, Decision, Outcome]) -> int:
    return running[0]


UNKNOWN: Final = (Reason("recorded", "recorded", ""),)


class _Tally(msgspec.Struct):
    count: int = 0
    cost_micro_usd: int = 0
    examples: list[Example] = []

    def add(self, recorded: Recorded, old: Decision, new: Decision, examples: int) -> None:
        self.count += 1
        self.cost_micro_usd += recorded.cost_micro_usd or 0
        if len(self.examples) < examples:
            action, reasons = recorded.action, new.reasons or old.reasons
            self.examples.append(Example(action.id, action.run, recorded.at_ns, action.arguments, reasons))
