"""Watch recorded runs as they would have been watched live: which detector speaks, at which step, and how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from holdfast.decision.alarms import STOPS, Detectors, Rung
from holdfast.decision.detectors.measures import (
    Measure,
    measure_call,
    measure_cycle,
    measure_moves,
    measure_polls,
    measure_thinking,
)
from holdfast.decision.detectors.reading import class_of
from holdfast.decision.detectors.steps import RecordedStep, digest_of, text_of
from holdfast.decision.detectors.track import Track, forget_oldest

Polls = Mapping[str, int]
"""For each tool that is made for polling, how often it may be asked while nothing changes."""
RUNS_MAX: Final = 10_000
"""Runs watched at once; the one that was longest without a step is concluded first."""

WITHDRAWN_MAX: Final = 100
"""Firings before a person spoke that are listed of one run, the first ones."""


class Fired(msgspec.Struct, frozen=True):
    """A detector reached a rung."""

    detector: str
    step: str | int
    """The step after which it did: the next one of its kind would have met the verdict."""
    verdict: Rung
    message: str


class Watched(msgspec.Struct):
    """One run, and what fired in it."""

    run: str | int
    track: Track
    steps: int = 0
    holder: str = ""
    pairs: dict[tuple[str, str], int] = {}
    compactions: int = 0
    fired: list[Fired] = []
    withdrawn: list[Fired] = []
    """What fired before a person spoke, where that begins other work: the person saw it and went on."""
    spoken: set[tuple[str, Rung]] = set()

    @property
    def stopped(self) -> Fired | None:
        """What would have stopped it first."""
        return next((one for one in (*self.withdrawn, *self.fired) if one.verdict in STOPS), None)


class Watch:
    """Any number of runs, their steps mixed or one after the other, in bounded memory."""

    def __init__(
        self, detectors: Detectors, *, polling: Polls | None = None, runs_max: int = RUNS_MAX
    ) -> None:
        self._detectors = detectors
        self._polling = polling or {}
        self._runs_max = runs_max
        self._open: dict[str | int, Watched] = {}

    def see(self, step: RecordedStep) -> tuple[list[Fired], Watched | None]:
        """What fires now, and the run that is forgotten to make room, if one is."""
        run = self._open.pop(step.run, None) or Watched(step.run, Track(step.agent or ""))
        self._open[step.run] = run
        name = run.steps if step.step is None else step.step
        run.steps += 1
        fired = [
            Fired(detector, name, rung, message)
            for detector, times, message in _tell(run, step, self._detectors, self._polling)
            if (rung := self._detectors.rung(detector, times)) and (detector, rung) not in run.spoken
        ]
        run.fired += fired
        run.spoken.update((one.detector, one.verdict) for one in fired)
        return fired, self._forget()

    def end(self) -> Iterator[Watched]:
        """Every run that is still open, the longest untouched first."""
        while self._open:
            yield self._open.pop(next(iter(self._open)))

    def _forget(self) -> Watched | None:
        if len(self._open) <= self._runs_max:
            return None
        return self._open.pop(next(iter(self._open)))


def _tell(run: Watched, step: RecordedStep, detectors: Detectors, polling: Polls) -> Iterator[Measure]:
    """Tell the run of a step; every detector that has something to count says how much."""
    track = run.track
    match step.sort:
        case "person":
            if detectors.person_resets:
                _begin_anew(run)
            return
        case "compaction":
            run.compactions += 1
            yield "compactions", run.compactions, f"Compacted {run.compactions} times with nothing done."
            return
        case "message":
            yield from _exchange(run, step.agent or "")
            track.progress.think(step.said, answered=step.answered)
        case "call":
            yield from _exchange(run, step.agent or "")
            run.compactions = 0
            yield from _call(track, step, polling.get(step.tool or "", 0))
    if step.tokens_in:
        track.progress.load(step.tokens_in)
    yield from measure_thinking(track)


def _begin_anew(run: Watched) -> None:
    run.track.hear()
    run.compactions = 0
    run.withdrawn += run.fired[: WITHDRAWN_MAX - len(run.withdrawn)]
    run.fired = []
    run.spoken.clear()


def _call(track: Track, step: RecordedStep, polls_max: int) -> Iterator[Measure]:
    tool, error = step.tool or "", step.failure
    target, error_class = ("tool", tool), class_of(error) if error else ""
    track.note(step.digest, moves=not polls_max)
    if polls_max:
        track.close(target, step.digest, result=digest_of(error, step.result), error=error_class)
        yield from measure_polls(track, target, step.digest, polls_max)
    else:
        text = error or text_of(step.result)
        track.progress.ask(tool, step.arguments)
        track.end(target, step.digest, result=digest_of(error, step.result), error=error_class, text=text)
        yield from measure_call(track, target, step.digest)
        yield from measure_cycle(track)
        yield from measure_moves(track)


def _exchange(run: Watched, agent: str) -> Iterator[Measure]:
    before, run.holder = run.holder, agent or run.holder
    if not before or not agent or before == agent:
        return
    pair = (before, agent) if before < agent else (agent, before)
    times = run.pairs[pair] = run.pairs.get(pair, 0) + 1
    forget_oldest(run.pairs)
    yield "exchanges", times, f"{pair[0]} and {pair[1]} passed the turn {times} times."
