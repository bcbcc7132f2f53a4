"""Sixth: is this still work, or a loop? Detectors look at moves and results, never at what they cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from holdfast.action import Kind
from holdfast.decision.alarms import Rung
from holdfast.decision.case import SILENT, Case, Opinions, Part
from holdfast.decision.detectors.measures import (
    Measure,
    measure_call,
    measure_cycle,
    measure_moves,
    measure_polls,
    measure_thinking,
)
from holdfast.decision.detectors.spawns import is_spawn
from holdfast.decision.detectors.track import COUNTED, MOVES, Track
from holdfast.decision.gate import Gate
from holdfast.decision.session import GOES_ON, POLLS
from holdfast.decision.terms import Terms
from holdfast.decision.verdict import Opinion, Reason, Verdict

RULE: Final = "holdfast:detector:"
VERDICTS: Final = {"ask": Verdict.ASK, "deny": Verdict.DENY, "halt": Verdict.HALT}
"""What a rung does to the action; the milder ones let it run and only say something."""
STEER: Final = "steer"
SAME_AGENT: Final = "track is not None and track.agent == actor.agent"
NEW_MOVE: Final = "not track.uneasy and action.digest not in track.seen"
FIRST: Final = "session.turns.holder in ('', actor.agent)"
"""A run's first move says nothing, unless it is somebody else's turn."""
WARN: Final = "warn"

Look = Callable[[Case, Track], Iterable[Measure]]


def detector_stage(gate: Gate | None, terms: Terms) -> Part | None:
    """Every detector's opinion of the action as the next move."""
    if gate is None:
        return None
    delegates, counted = gate.kind is Kind.DELEGATE, gate.kind in COUNTED
    look = _look_at(gate)
    polls = gate.kind in MOVES and gate.contract.polling is not None

    def check(case: Case) -> Opinions:
        action = case.action
        if polls:
            case.obligations += (POLLS,)
        track = case.session.tracks.get(action.run)
        found = SILENT
        if delegates or track is None or track.agent != action.actor.agent:
            found = _speak(case, _exchanges(case, track), terms)
            if is_spawn(action):
                found += _speak(case, _spawns(case), terms)
        if counted and track is not None and (track.uneasy or action.digest in track.seen):
            found += _speak(case, look(case, track), terms)
        return found

    if delegates or polls:
        return Part(check)
    if gate.kind is Kind.START:
        return Part(check, SAME_AGENT)
    again = f"track.agent == actor.agent and {NEW_MOVE}" if counted else "track.agent == actor.agent"
    return Part(check, f"{FIRST} if track is None else {again}")


def look_for_denials(case: Case, terms: Terms) -> Opinions:
    """The one detector that looks at actions which are refused anyway."""
    track = case.session.tracks.get(case.action.run)
    times = track.denials.get(case.action.digest, 0) if track is not None else 0
    told = f"The same refused call was tried {times} times; asking again will not change the answer."
    return _speak(case, (("repeated_denials", times, told),), terms) if times else SILENT


def _look_at(gate: Gate) -> Look:
    """What is measured of one kind of call."""
    if gate.kind not in MOVES:
        return _think
    polling = gate.contract.polling
    if polling is None:
        return _move
    most = polling.max
    return lambda case, track: measure_polls(track, _target(case), case.action.digest, most)


def _think(case: Case, track: Track) -> Iterator[Measure]:
    yield from measure_call(track, _target(case), case.action.digest)
    yield from measure_thinking(track)


def _move(case: Case, track: Track) -> Iterator[Measure]:
    action = case.action
    yield from measure_call(track, _target(case), action.digest)
    yield from measure_cycle(track, action.digest)
    for measure in measure_moves(track):
        if measure[0] != "rewordings" or track.progress.goes_on(action.target, action.arguments):
            yield measure


def _exchanges(case: Case, track: Track | None) -> Iterator[Measure]:
    """The turn this action would pass counts, too: the last one is what is stopped."""
    turns = case.session.turns
    pair = turns.pair(case.action, track)
    if pair is not None:
        times = turns.counts.get(pair, 0) + 1
        yield (
            "exchanges",
            times,
            f"{pair[0]} and {pair[1]} pass the turn for the {times}th time in this session.",
        )


def _spawns(case: Case) -> Iterator[Measure]:
    """The sub-agent about to be started counts, too."""
    spawns, action = case.session.spawns, case.action
    times, lately = spawns.counts.get(action.trace, 0) + 1, spawns.lately(case.now_ns) + 1
    depth = len(action.chain)
    yield "spawns", times, f"This is the {times}th sub-agent of one run."
    yield "spawn_rate", lately, f"This is the {lately}th sub-agent within a minute."
    yield "spawn_depth", depth, f"{depth} agents act for one another."


def _target(case: Case) -> tuple[str, str]:
    return case.action.kind, case.action.target


def _speak(case: Case, measures: Iterable[Measure], terms: Terms) -> Opinions:
    """The opinions of those detectors whose alarm is reached; what they say to the model is an obligation."""
    found = SILENT
    for name, times, message in measures:
        rung = terms.detectors.rung(name, times)
        if rung is not None:
            found += (_opinion(case, rung, name, message, terms),)
    return found


def _opinion(case: Case, rung: Rung, name: str, message: str, terms: Terms) -> Opinion:
    approver = terms.flow.approver
    if rung == "ask" and approver in case.approvals:
        case.obligations += (GOES_ON + name,)
        return Opinion(Verdict.ALLOW, Reason(RULE + name, "detector", message))
    if rung in {WARN, STEER}:
        case.obligations += (f"{rung}:{name}:{message}",)
        return Opinion(Verdict.ALLOW, Reason(RULE + name, "detector", message, rung))
    cure = f"approval:{approver}" if rung == "ask" else ""
    return Opinion(VERDICTS[rung], Reason(RULE + name, "detector", message, cure))
