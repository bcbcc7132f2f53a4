"""Sixth: is this still work, or a loop? Detectors look at moves and results, never at what they cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from holdfast.action import Kind
from holdfast.decision.case import SILENT, Case, Opinions
from holdfast.decision.limits import Alarm
from holdfast.decision.signatures import COUNTED, MOVES, Track
from holdfast.decision.verdict import Opinion, Reason, Verdict

DELEGATE: Final = Kind.DELEGATE


def look_for_loops(case: Case) -> Opinions:
    """Every detector's opinion of the action as the next move."""
    action = case.action
    track = case.session.tracks.get(action.run)
    found = SILENT
    if track is None or track.agent != action.actor.agent or action.kind is DELEGATE:
        found = tuple(_exchanges(case, track))
    if track is not None and (action.digest in track.seen or track.errors) and action.kind in COUNTED:
        found += tuple(_repeats(case, track))
    return found


def look_for_denials(case: Case) -> Opinions:
    """The one detector that looks at actions which are refused anyway."""
    alarm, track = case.bundle.detectors.repeated_denials, case.session.tracks.get(case.action.run)
    if alarm is None or track is None:
        return SILENT
    times = track.denials.get(case.action.digest, 0)
    if times < alarm.limit:
        return SILENT
    message = f"The same refused call was tried {times} times; asking again will not change the answer."
    return (_opinion(case, alarm, "repeated_denials", message),)


def _exchanges(case: Case, track: Track | None) -> Iterator[Opinion]:
    alarm, turns = case.bundle.detectors.exchanges, case.session.turns
    if alarm is None or (pair := turns.pair(case.action, track)) is None:
        return
    times = turns.counts.get(pair, 0)
    if times >= alarm.limit:
        message = f"{pair[0]} and {pair[1]} passed the turn {times} times in this session without an end."
        yield _opinion(case, alarm, "exchanges", message)


def _repeats(case: Case, track: Track) -> Iterator[Opinion]:
    alarms, action = case.bundle.detectors, case.action
    seen, alarm = track.seen.get(action.digest), alarms.identical_calls
    if seen is not None and alarm is not None and seen.times >= alarm.limit:
        message = f"The same call was made {seen.times} times and nothing changed."
        yield _opinion(case, alarm, "identical_calls", message)
    alarm = alarms.cycles
    if (
        alarm is not None
        and action.kind in MOVES
        and (period := track.period(action.digest, times=alarm.limit))
    ):
        message = f"The same {period} calls were made {alarm.limit} times over and nothing changed."
        yield _opinion(case, alarm, "cycles", message)
    alarm = alarms.same_errors
    if alarm is not None and track.errors:
        error, times = track.errors.get((action.kind, action.target), ("", 0))
        if times >= alarm.limit:
            message = f"{action.target} failed {times} times in a row with {error}."
            yield _opinion(case, alarm, "same_errors", message)


def _opinion(case: Case, alarm: Alarm, name: str, message: str) -> Opinion:
    approver = case.bundle.flow.approver
    verdict = alarm.opinion
    if verdict is Verdict.ASK and approver in case.approvals:
        verdict = Verdict.ALLOW
    cure = f"approval:{approver}" if verdict is Verdict.ASK else ""
    return Opinion(verdict, Reason(f"holdfast:detector:{name}", "detector", message, cure))
