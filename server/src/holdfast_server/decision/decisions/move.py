"""A move: what one decision or outcome did to a session, so that the session can be made again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from holdfast.action import Action, Kind
from holdfast.decision import Decision, Outcome, Session, Verdict
from holdfast.decision.detectors.spawns import is_spawn
from holdfast.decision.effects import Effects
from holdfast.record import redact, redact_text
from holdfast_server.kit.ids import new_run_id

RUNS: Final = frozenset({Verdict.ALLOW, Verdict.TRANSFORM})
OPEN_MAX: Final = 1_000
"""Judged actions of one session whose outcome has not been told."""
READINGS_MAX: Final = 64
"""Readings kept of one call that is under way; the oldest are forgotten."""
TEXT_MAX: Final = 4_096
"""Characters kept of a result that endorses nothing."""
ENDORSED_MAX: Final = 64 * 1024
"""Characters kept of a trusted result: what it says may be chosen later."""
NAMES: Final = frozenset({"action", "verdict", "stage", "digest", "bundle", "labels", "brings"})
"""What of a decision quotes no argument; everything else is redacted."""
TEXTS: Final = tuple(
    name
    for name in Decision.__struct_fields__
    if name not in {*NAMES, "hold_micro_usd", "took_ns", "enforced", "arguments", "timings_ns"}
)
"""What of a decision may quote arguments; of most decisions there is nothing of it."""
MOVES_MAX: Final = 20_000
"""Moves of one session; a session that had more is refused, because making it again would take too long."""


class Move(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One decision, or one outcome; secrets are redacted, what a person endorsed stays as words."""

    session: str
    at_ns: int
    run: str
    """The session's own run, for actions that name none."""
    action: Action
    decision: Decision
    person: str = ""
    endorse: tuple[str, ...] = ()
    outcome: Outcome | None = None
    met: tuple[str, ...] = ()
    """Whom a call goes to that a person approved."""
    key: str = ""
    """Digest of what names the effect of a call; empty where its contract asks for no key."""
    doubt: bool = False
    """Whether the call may have had its effect although it failed."""

    def kept(self, shown: dict[str, Any]) -> Move:
        """The move as it may be written down: without secrets, and without more of a result than it takes.

        Args:
            shown: its arguments without secrets.
        """
        outcome, decision = self.outcome, self.decision
        if outcome is not None:
            most = TEXT_MAX if decision.brings else ENDORSED_MAX
            text = redact_text(outcome.result_text[:most])
            outcome = msgspec.structs.replace(outcome, result_text=text)
        return msgspec.structs.replace(
            self,
            action=msgspec.structs.replace(self.action, arguments=shown, canonical=b""),
            decision=_without_secrets(decision),
            endorse=tuple(map(redact_text, self.endorse)) if self.endorse else (),
            outcome=outcome,
        )


def _without_secrets(decision: Decision) -> Decision:
    """A decision whose texts, which may quote arguments, are redacted; arguments and timings are left out."""
    bare = msgspec.structs.replace(decision, arguments={}, timings_ns=())
    if not any(getattr(bare, name) for name in TEXTS):
        return bare
    plain = msgspec.to_builtins(bare)
    shown = {name: value if name in NAMES else redact(value) for name, value in plain.items()}
    return msgspec.convert(shown, Decision)


class Reading(msgspec.Struct, frozen=True, gc=False):
    """What a call that was made for another one has shown of the world."""

    tool: str
    arguments: dict[str, Any]
    result: str
    error_class: str


class Held:
    """One session as the server keeps it: its state, its run, and what is under way in it."""

    def __init__(self, name: str, person: str, run: str = "") -> None:
        self.session = Session(name, person=person)
        self.run = run or new_run_id()
        self.open: OrderedDict[str, Move] = OrderedDict()
        self.asked: OrderedDict[str, Move] = OrderedDict()
        """What waits for people; a host with a resolver of its own may run it all the same."""
        self.effects = Effects()
        self.readings: dict[str, list[Reading]] = {}
        """For calls under way, what the calls made for them have shown."""
        self.unproven: dict[str, dict[str, str]] = {}
        """For each run, what it left that the world does not show, by the digest of the call."""
        self.moves = 0

    @classmethod
    def again(cls, name: str, moves: Iterable[Move]) -> Held | None:
        """The session that these moves made; None when there are none."""
        held: Held | None = None
        for move in moves:
            held = held or cls(name, move.person, move.run)
            held.make(move)
        return held

    def waiting(self, step: str) -> Move | None:
        """The decision of an action whose outcome nobody told yet."""
        return self.open.get(step) or self.asked.get(step)

    def make(self, move: Move) -> None:
        """Let the session take a decision or an outcome in."""
        self.moves += 1
        action, decision, outcome = move.action, move.decision, move.outcome
        if outcome is not None:
            self.open.pop(action.id, None)
            self.asked.pop(action.id, None)
            self.session.settle(action, decision, outcome)
            self._look(move, outcome)
            return
        for text in move.endorse:
            self.session.endorse(text)
        # A person's kill concerns whom it names; only what the rules halt ends the whole session.
        if decision.verdict is not Verdict.HALT or decision.stage != "kill":
            self.session.take(action, decision)
        self.session.meet(move.met)
        runs = decision.verdict in RUNS
        if runs and move.key:
            self.effects.claim(
                (action.target, move.key), step=action.id, digest=action.digest, repeatable=True
            )
        if runs and is_spawn(action):
            self.session.started(action, move.at_ns)
        waiting = self.open if runs else self.asked
        self.asked.pop(action.id, None)
        if runs or decision.verdict is Verdict.ASK:
            waiting[action.id] = move
            if len(waiting) > OPEN_MAX:
                waiting.popitem(last=False)

    def _look(self, move: Move, outcome: Outcome) -> None:
        """Keep what a call that ended shows of others, and what nobody can see of it."""
        action, done = move.action, outcome.status == "done"
        self.readings.pop(action.id, None)
        if action.parent in self.open:
            readings = self.readings.setdefault(action.parent, [])
            readings.append(Reading(action.target, action.arguments, outcome.result_text, _failure(outcome)))
            del readings[:-READINGS_MAX]
        if move.key:
            key = (action.target, move.key)
            if done or move.doubt:
                self.effects.settle(key, action.id, doubt=move.doubt)
            else:
                self.effects.release(key, action.id)
        if outcome.observed:
            self._prove(action, outcome.observed)

    def _prove(self, action: Action, observed: str) -> None:
        """The same call, confirmed later, makes up for one that was not; what fails, fails those above."""
        if action.kind is Kind.START:
            left = self.unproven.pop(action.run, {})
            if action.trace != action.run:
                self.unproven.setdefault(action.trace, {}).update(left)
        elif observed == "confirmed":
            self.unproven.get(action.run, {}).pop(action.digest, None)
        else:
            self.unproven.setdefault(action.run, {})[action.digest] = f"{observed}: {action.target}"


def _failure(outcome: Outcome) -> str:
    return outcome.error_class or ("" if outcome.status == "done" else outcome.status)
