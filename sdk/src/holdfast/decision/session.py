"""What is remembered between the actions of one session."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from holdfast.action import Action, Kind
from holdfast.decision.agents import Authority
from holdfast.decision.budgets import Purses
from holdfast.decision.detectors.spawns import Spawns
from holdfast.decision.endorsement import Endorsed
from holdfast.decision.flow.answers import kept_values
from holdfast.decision.flow.origins import Origins
from holdfast.decision.outcome import Outcome
from holdfast.decision.signatures import COUNTED, MOVES, Track, Turns
from holdfast.decision.usage import Hold, Usage
from holdfast.decision.verdict import Decision, Verdict
from holdfast.errors import Invalid

RUNS_MAX: Final = 4_096
"""Runs in one session; one more is refused, so that no budget is ever forgotten."""
TRACKS_MAX: Final = 256
"""Runs whose moves are remembered at once; the one that began first is forgotten."""
HOLDS_MAX: Final = 10_000
LABELS_MAX: Final = 64
PASTED_MAX: Final = 100
LABELS: Final = "holdfast:labels"
"""The memory that holds a session's labels; acting on it asks a person, and takes labels off."""
ALLOW: Final = Verdict.ALLOW
TRANSFORM: Final = Verdict.TRANSFORM
ASK: Final = Verdict.ASK
HALT: Final = Verdict.HALT
DELEGATE: Final = Kind.DELEGATE
MEMORY: Final = Kind.MEMORY
# On CPython 3.11 `Verdict.ALLOW` costs 0.2 µs each time; what runs in every decision names it once, here.
UNTRUSTED: Final = "untrusted"
"""The label of what may have been written by anybody."""
POLLS: Final = "polls"
"""The obligation that says that the tool is made for asking the same again."""
GOES_ON: Final = "approved:"
"""The obligation that says which detector a person overruled."""
SESSION_WIDE: Final = "holdfast:detector:exchanges"
"""The rule whose halt ends the session, because it takes two runs to break it."""


class Latch(msgspec.Struct, frozen=True, gc=False):
    """Why everything after this point is halted."""

    rule: str
    message: str


class Session:
    """The state of one session; `decide` only reads it, the guard changes it under its lock."""

    __slots__ = (
        "calls",
        "endorsed",
        "frozen",
        "holds",
        "id",
        "label_names",
        "labels",
        "latch",
        "latches",
        "origins",
        "pasted",
        "person",
        "purses",
        "runs",
        "spawns",
        "tracks",
        "turns",
        "usage",
    )

    def __init__(self, id: str, *, person: str = "") -> None:  # noqa: A002  # the session's own word for itself
        self.id = id
        self.person = person
        self.labels: frozenset[str] = frozenset()
        """The join of the labels of everything that came in; it never shrinks."""
        self.label_names: tuple[str, ...] = ()
        """The labels in order."""
        self.endorsed = Endorsed()
        self.origins = Origins()
        """Where labels and the values of labelled texts came from."""
        self.pasted: list[str] = []
        """Texts that the person only passed on; what stands in them endorses nothing."""
        self.frozen: dict[str, tuple[Authority, ...]] = {}
        """For runs that were handed over: what those behind them could reach then."""
        self.latch: Latch | None = None
        """Set when the whole session is over."""
        self.latches: dict[str, Latch] = {}
        """Runs that are over."""
        self.calls = 0
        self.purses: Purses | None = None
        """Accounts of budgets that are counted beyond this session; whoever keeps them puts them here."""
        self.usage = Usage()
        self.runs: dict[str, Usage] = {}
        self.tracks: dict[str, Track] = {}
        self.turns = Turns()
        self.spawns = Spawns()
        self.holds: dict[str, Hold] = {}

    def take(self, action: Action, decision: Decision) -> None:
        """After deciding: place the holds, remember the move, latch a halt."""
        track, verdict, kind = self.tracks.get(action.run), decision.verdict, action.kind
        if verdict is ALLOW or verdict is TRANSFORM:
            if action.id not in self.holds:
                self._hold(action, decision)
            if track is None or kind is DELEGATE or track.agent != action.actor.agent:
                self.turns.add(action, track)
                track = track or self._track(action)
                track.agent = action.actor.agent
            if decision.obligations:
                self._oblige(track, action, decision)
            if kind in COUNTED:
                track.note(action.digest, moves=kind in MOVES and action.target not in track.polled)
            for doubt in decision.doubts:
                # It runs in spite of them, so a person approved it: exactly these values, for this session.
                self.endorsed.approve(doubt.value)
        elif verdict is not ASK:
            (track or self._track(action)).refuse(action.digest)
            if verdict is HALT:
                self._latch(action, decision)

    def settle(self, action: Action, decision: Decision, outcome: Outcome) -> None:
        """After running: join labels, endorse trusted results, exchange the hold for what was used."""
        self._settle_hold(action, outcome)
        track = self.tracks.get(action.run)
        if outcome.status in {"refused", "halted"}:
            if track is not None and decision.verdict is Verdict.ASK:
                track.refuse(action.digest)
            return
        if track is not None:
            failed = outcome.error_class or ("failed" if outcome.status == "failed" else "")
            track.settle(
                action,
                result=outcome.result_digest,
                error=failed,
                text=outcome.result_text,
                tokens=outcome.tokens_in,
            )
        if action.kind is MEMORY and action.target == LABELS and outcome.status == "done":
            self.lower(action.arguments.get("labels", ()))
        else:
            self._learn(action, decision, outcome)

    def prolong(self, action: str, *, micro_usd: int, tokens: int) -> None:
        """Hold more for an action that runs and goes on."""
        hold = self.holds.get(action)
        if hold is not None:
            self.holds[action] = Hold(hold.run, hold.micro_usd + micro_usd, hold.tokens + tokens)
            for usage in (self.usage, self.runs[hold.run]):
                usage.held_micro_usd += micro_usd
                usage.held_tokens += tokens

    def retried(self, action: Action) -> int:
        """A call is made again within its step; how often beyond what its run has earned, whoever did it."""
        track = self.tracks.get(action.run)
        if track is None:
            return 0
        track.retries += 1
        return track.overdrawn

    def meet(self, recipients: Iterable[str]) -> None:
        """A person approved a call to these: they are known from now on."""
        for one in recipients:
            self.endorsed.approve(one)

    def started(self, action: Action, now_ns: int) -> None:
        """An agent started another one."""
        self.spawns.add(action.trace, now_ns)

    def share(self, other: Session) -> None:
        """Begin another session beside this one: with the same labels and budgets, and nothing endorsed."""
        other.labels, other.label_names = self.labels, self.label_names
        other.origins.since.update(self.origins.since)
        other.usage, other.purses, other.latch = self.usage, self.purses, self.latch

    def endorse(self, text: str) -> None:
        """Let every value in `text` be chosen for a critical argument: the person said it."""
        for pasted in self.pasted:
            text = text.replace(pasted, " | ")
        self.endorsed.add(text)

    def paste(self, text: str) -> None:
        """Take a text as data: it came in through the person, but the person does not stand for its words."""
        if text.strip() and text not in self.pasted:
            if len(self.pasted) >= PASTED_MAX:
                raise Invalid(f"more than {PASTED_MAX} pasted texts in one session")
            self.pasted.append(text)
        self.label(UNTRUSTED)
        self.origins.see("", "the person, as data", (UNTRUSTED,), text)

    def lower(self, labels: Iterable[str]) -> None:
        """Take labels off: a person approved exactly this, and the ledger holds who did."""
        lowered = frozenset(labels)
        self.labels -= lowered
        self.label_names = tuple(sorted(self.labels))
        for label in lowered:
            self.origins.since.pop(label, None)

    def label(self, *labels: str) -> None:
        """Join labels: something that carries them came in."""
        joined = self.labels.union(labels)
        if len(joined) > LABELS_MAX:
            joined = self.labels | {UNTRUSTED}
        if joined != self.labels:
            self.labels, self.label_names = joined, tuple(sorted(joined))

    def snapshot(self) -> dict[str, Any]:
        """The state as plain JSON data, for people to look at."""
        latch = self.latch
        return {
            "id": self.id,
            "person": self.person,
            "labels": list(self.label_names),
            "labels_since": {
                label: {"step": step, "from": name} for label, (step, name) in self.origins.since.items()
            },
            "endorsed_words": len(self.endorsed),
            "calls": self.calls,
            "usage": msgspec.to_builtins(self.usage),
            "runs": {run: msgspec.to_builtins(usage) for run, usage in self.runs.items()},
            "exchanges": [{"agents": list(pair), "times": n} for pair, n in self.turns.counts.items()],
            "halted": {"rule": latch.rule, "message": latch.message} if latch else None,
            "halted_runs": {run: one.message for run, one in self.latches.items()},
        }

    def _learn(self, action: Action, decision: Decision, outcome: Outcome) -> None:
        """Join the labels of what came in, and endorse what somebody entitled said."""
        # A failure's text came out of the tool, too: its labels join whatever the status.
        brings, text = decision.brings + outcome.labels, outcome.result_text
        trusted = UNTRUSTED not in brings
        if trusted and self.origins and action.kind is Kind.TOOL:
            brings += tuple(sorted(self.origins.echoes(text)))
            trusted = UNTRUSTED not in brings
        if brings:
            self.label(*brings)
            self.origins.see(action.id, action.target, brings, text)
        if action.kind is not Kind.TOOL or outcome.status != "done":
            return
        if trusted:
            self.endorsed.add(text)
        elif decision.endorses:
            for value in kept_values(text, decision.endorses):
                self.endorsed.enter(value)

    def _oblige(self, track: Track, action: Action, decision: Decision) -> None:
        """Know a poll for one; and when a person said that a loop should go on, count anew from here."""
        if POLLS in decision.obligations:
            track.polled.add(action.target)
        approved = [one for one in decision.obligations if one.startswith(GOES_ON)]
        if approved:
            track.hear()
            if f"{GOES_ON}exchanges" in approved:
                self.turns.counts.clear()

    def _track(self, action: Action) -> Track:
        track = self.tracks[action.run] = Track(action.actor.agent)
        if len(self.tracks) > TRACKS_MAX:
            del self.tracks[next(iter(self.tracks))]
        return track

    def _hold(self, action: Action, decision: Decision) -> None:
        self.calls += 1
        run, estimate, micro_usd = action.run, action.estimate, decision.hold_micro_usd
        tokens = estimate.tokens_in + estimate.tokens_out
        self.holds[action.id] = Hold(run, micro_usd, tokens)
        used = self.runs.get(run)
        if used is None:
            used = self.runs[run] = Usage()
        calls = 1 if action.kind in COUNTED else 0
        for usage in (self.usage, used):
            usage.held_micro_usd += micro_usd
            usage.calls += calls
            if tokens:
                usage.held_tokens += tokens

    def _settle_hold(self, action: Action, outcome: Outcome) -> None:
        hold = self.holds.pop(action.id, None)
        if hold is None:
            return
        known, counted = outcome.cost_micro_usd is not None, outcome.tokens_in + outcome.tokens_out
        ran = outcome.status in {"done", "failed"} or known or bool(counted)
        # An unknown price is never zero: what was held is taken for used.
        micro_usd = (outcome.cost_micro_usd or 0) if known else hold.micro_usd
        tokens = counted or (0 if known else hold.tokens)
        unpriced = int(ran and not known and not hold.micro_usd and action.kind is Kind.MODEL)
        for usage in (self.usage, self.runs[hold.run]):
            usage.settle(
                hold, micro_usd=micro_usd if ran else 0, tokens=tokens if ran else 0, unpriced=unpriced
            )

    def _latch(self, action: Action, decision: Decision) -> None:
        latch = Latch(decision.reasons[0].rule, decision.message)
        if any(reason.rule == SESSION_WIDE for reason in decision.reasons):
            self.latch = self.latch or latch
        else:
            self.latches.setdefault(action.run, latch)
