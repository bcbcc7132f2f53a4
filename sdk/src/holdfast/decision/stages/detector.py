"""Sixth: is this still work, or a loop? Detectors look at moves and results, never at what they cost."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.action import Kind
from holdfast.decision.case import SILENT, Case, Check, Opinions
from holdfast.decision.gate import Gate
from holdfast.decision.limits import Alarm
from holdfast.decision.signatures import COUNTED, MOVES, Track
from holdfast.decision.terms import Terms
from holdfast.decision.verdict import Opinion, Reason, Verdict


def detector_check(gate: Gate | None, terms: Terms) -> Check | None:
    """Every detector's opinion of the action as the next move."""
    if gate is None:
        return None
    delegates, counted = gate.kind is Kind.DELEGATE, gate.kind in COUNTED

    def check(case: Case) -> Opinions:
        action = case.action
        track = case.session.tracks.get(action.run)
        found = SILENT
        if delegates or track is None or track.agent != action.actor.agent:
            found = tuple(_exchanges(case, track, terms))
        if counted and track is not None and (action.digest in track.seen or track.errors):
            found += tuple(_repeats(case, track, terms))
        return found

    return check


def look_for_denials(case: Case, terms: Terms) -> Opinions:
    """The one detector that looks at actions which are refused anyway."""
    alarm, track = terms.detectors.repeated_denials, case.session.tracks.get(case.action.run)
    if alarm is None or track is None:
        return SILENT
    times = track.denials.get(case.action.digest, 0)
    if times < alarm.limit:
        return SILENT
    message = f"The same refused call was tried {times} times; asking again will not change the answer."
    return (_opinion(case, alarm, "repeated_denials", message, terms),)


def _exchanges(case: Case, track: Track | None, terms: Terms) -> Iterator[Opinion]:
    alarm, turns = terms.detectors.exchanges, case.session.turns
    if alarm is None or (pair := turns.pair(case.action, track)) is None:
        return
    times = turns.counts.get(pair, 0)
    if times >= alarm.limit:
        message = f"{pair[0]} and {pair[1]} passed the turn {times} times in this session without an end."
        yield _opinion(case, alarm, "exchanges", message, terms)


def _repeats(case: Case, track: Track, terms: Terms) -> Iterator[Opinion]:
    alarms, action = terms.detectors, case.action
    seen, alarm = track.seen.get(action.digest), alarms.identical_calls
    if seen is not None and alarm is not None and seen.times >= alarm.limit:
        message = f"The same call was made {seen.times} times and nothing changed."
        yield _opinion(case, alarm, "identical_calls", message, terms)
    alarm = alarms.cycles
    if (
        alarm is not None
        and action.kind in MOVES
        and (period := track.period(action.digest, times=alarm.limit))
    ):
        message = f"The same {period} calls were made {alarm.limit} times over and nothing changed."
        yield _opinion(case, alarm, "cycles", message, terms)
    alarm = alarms.same_errors
    if alarm is not None and track.errors:
        error, times = track.errors.get((action.kind, action.target), ("", 0))
        if times >= alarm.limit:
            message = f"{action.target} failed {times} times in a row with {error}."
            yield _opinion(case, alarm, "same_errors", message, terms)


def _opinion(case: Case, alarm: Alarm, name: str, message: str, terms: Terms) -> Opinion:
    approver = terms.flow.approver
    verdict = alarm.opinion
    if verdict is Verdict.ASK and approver in case.approvals:
        verdict = Verdict.ALLOW
    cure = f"approval:{approver}" if verdict is Verdict.ASK else ""
    return Opinion(verdict, Reason(f"holdfast:detector:{name}", "detector", message, cure))
