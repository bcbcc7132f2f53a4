"""How bad it is: every detector as a count, with the sentence that a person or a model reads."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.decision.detectors.track import Target, Track

Measure = tuple[str, int, str]
"""A detector, how often what it looks for happened, and that as a sentence."""


def measure_call(track: Track, target: Target, digest: str) -> Iterator[Measure]:
    """What is said of one call, by how it and its tool went before."""
    seen = track.seen.get(digest)
    if seen is not None:
        yield "identical_calls", seen.times, f"The same call was made {seen.times} times and nothing changed."
        if seen.failed:
            told = f"The same call failed {seen.times} times with the same error."
            yield "identical_errors", seen.times, told
            yield (
                "retries",
                track.overdrawn + 1,
                f"Failed calls were made again {track.retries} times in this run.",
            )
    error, times = track.errors.get(target, ("", 0))
    if times:
        yield "same_errors", times, f"{target[1]} failed {times} times in a row with {error}."


def measure_polls(track: Track, target: Target, digest: str, polls_max: int) -> Iterator[Measure]:
    """What is said of a call of a tool that is made for asking again: its own limit, and its failures."""
    for measure in measure_call(track, target, digest):
        if measure[0] != "identical_calls":
            yield measure
        elif measure[1] >= polls_max:
            yield "polls", measure[1], f"{target[1]} was polled {measure[1]} times and nothing changed."


def measure_cycle(track: Track, next_move: str = "") -> Iterator[Measure]:
    """What is said of the last moves, or of the move that would go on from them."""
    rounds, period = track.rounds(next_move)
    if rounds:
        told = f"The same {period} calls were made {rounds} times over and nothing changed."
        yield "cycles", rounds, told


def measure_moves(track: Track) -> Iterator[Measure]:
    """What is said of a run by what its calls asked for and brought."""
    progress = track.progress
    if progress.barren:
        yield "no_progress", progress.barren, f"The last {progress.barren} results brought nothing new."
    if progress.reworded > 1:
        told = f"The last {progress.reworded} calls asked for the same in other words."
        yield "rewordings", progress.reworded, told


def measure_thinking(track: Track) -> Iterator[Measure]:
    """What is said of a run by what its model says and how much it is given to read."""
    progress = track.progress
    if progress.thoughts > 1:
        yield "same_thoughts", progress.thoughts, f"The same was said {progress.thoughts} times in a row."
    if progress.grown:
        told = f"The context grew {progress.grown} times in a row while nothing new came in."
        yield "growing_context", progress.grown, told
