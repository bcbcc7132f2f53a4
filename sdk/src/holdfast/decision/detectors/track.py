"""What detectors remember of one run: a bounded trace of moves, and how they ended."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from holdfast.action import Action, Kind
from holdfast.decision.detectors.progress import Progress
from holdfast.decision.detectors.reading import class_of, read_result

REMEMBERED_MAX: Final = 256
"""Distinct calls, failing tools and refusals remembered in one run; the oldest are forgotten."""
CYCLE_MAX: Final = 5
EARNING: Final = 10
"""So many calls earn one repetition of a failed one."""
MOVES: Final = frozenset({Kind.TOOL, Kind.DELEGATE})
"""What cycles are made of; the model calls between them differ every time."""
COUNTED: Final = MOVES | {Kind.MODEL}
MODEL: Final = Kind.MODEL
Target = tuple[str, str]


class Seen(msgspec.Struct, gc=False):
    """One call: how often it came while its result did not change, what that was, and whether it failed."""

    times: int = 0
    result: str = ""
    failed: bool = False


class Track:
    """The trace of one run."""

    __slots__ = (
        "agent", "calls", "cycling", "denials", "errors", "moves", "polled", "progress", "retries", "seen",
        "streaks", "uneasy",
    )  # fmt: skip

    def __init__(self, agent: str) -> None:
        self.agent = agent
        """Who acted last."""
        self.seen: dict[str, Seen] = {}
        self.moves: list[str] = []
        self.streaks = [0] * (CYCLE_MAX + 1)
        """For each period, how many moves in a row equal the one a period before."""
        self.cycling = False
        """Whether any streak is not zero."""
        self.errors: dict[Target, tuple[str, int]] = {}
        """For each target, the class of its last failures and how many came in a row."""
        self.calls = 0
        """Calls that were made for the first time, or that had not just failed."""
        self.retries = 0
        """Calls that were made again though the same call had just failed."""
        self.denials: dict[str, int] = {}
        self.polled: set[str] = set()
        """Tools that are made for asking the same again: what they are asked is no loop."""
        self.progress = Progress()
        self.uneasy = False
        """Whether there may be anything to say of a call that was not made before."""

    def note(self, digest: str, *, moves: bool) -> None:
        """Remember a call that goes ahead, by its digest."""
        remembered = self.seen
        seen = remembered.get(digest)
        if seen is None:
            self.calls += 1
            remembered[digest] = Seen(1)
            if len(remembered) > REMEMBERED_MAX:
                forget_oldest(remembered)
        else:
            seen.times += 1
            if seen.failed:
                self.retries += 1
            else:
                self.calls += 1
        if moves:
            if self.cycling or digest in self.moves:
                self._go_round(digest)
            self.moves.append(digest)
            del self.moves[: -CYCLE_MAX - 1]

    @property
    def overdrawn(self) -> int:
        """How many repetitions there were beyond those that the run has earned: one by every ten calls."""
        return max(0, self.retries - self.calls // EARNING)

    def _go_round(self, digest: str) -> None:
        """Count how often the moves repeat themselves, or stop counting once they do not."""
        moves, streaks = self.moves, self.streaks
        self.cycling = digest in moves
        for period in range(2, CYCLE_MAX + 1):
            repeats = period <= len(moves) and moves[-period] == digest
            streaks[period] = streaks[period] + 1 if repeats else 0

    def settle(self, action: Action, *, result: str, error: str, text: str = "", tokens: int = 0) -> None:
        """Remember how a call ended."""
        target = (action.kind, action.target)
        if action.kind is MODEL:
            self.close(target, action.digest, result=result, error=error)
            self.progress.think(text)
            self.progress.load(tokens)
        elif action.target in self.polled:
            self.close(target, action.digest, result=result, error=error)
        elif action.kind in MOVES:
            self.progress.ask(action.target, action.arguments)
            self.end(target, action.digest, result=result, error=error, text=text)
        self.uneasy = bool(self.errors) or not self.progress.quiet

    def end(self, target: Target, digest: str, *, result: str, error: str, text: str = "") -> None:
        """Remember how a call ended; another result than last time is progress."""
        reading = "error" if error else read_result(text) if text else "silence"
        failure = (error or class_of(text)) if reading == "error" else ""
        same = self.close(target, digest, result=result, error=failure)
        # What was asked long ago may be asked again: after a compaction, or as the world may have moved.
        again = same and reading != "error" and self.moves.count(digest) > 1
        if reading == "nothing" or again:
            self.progress.miss()
        elif reading == "something":
            self.progress.learn()

    def close(self, target: Target, digest: str, *, result: str, error: str) -> bool:
        """Count a failure, and say whether the same call brought the same result before."""
        if error:
            last, times = self.errors.get(target, ("", 0))
            self.errors[target] = (error, times + 1 if last == error else 1)
            forget_oldest(self.errors)
        else:
            self.errors.pop(target, None)
        return self._compare(digest, result, failed=bool(error))

    def _compare(self, digest: str, result: str, *, failed: bool) -> bool:
        """Whether the same call brought the same result before."""
        seen = self.seen.get(digest)
        if seen is None:
            return False
        seen.failed = failed
        if not result:
            return False
        same = seen.result == result
        if seen.result and not same:
            seen.times = 1
            self.streaks = [0] * (CYCLE_MAX + 1)
        seen.result = result
        return same

    def refuse(self, digest: str) -> None:
        """Remember a call that did not go ahead."""
        self.denials[digest] = self.denials.get(digest, 0) + 1
        forget_oldest(self.denials)

    def hear(self) -> None:
        """A person said something: what follows is another piece of work."""
        self.seen.clear()
        self.moves.clear()
        self.streaks = [0] * (CYCLE_MAX + 1)
        self.cycling = False
        self.errors.clear()
        self.progress = Progress()
        self.uneasy = False

    def rounds(self, digest: str = "") -> tuple[int, int]:
        """How often the last moves went round, and in how many calls.

        Args:
            digest: the next move, which would begin the round again; without one the last move ends it.
        """
        best = (0, 0)
        if not self.cycling:
            return best
        for period in range(2, min(CYCLE_MAX, len(self.moves)) + 1):
            if self.streaks[period] and (not digest or self.moves[-period] == digest):
                best = max(best, (self.streaks[period] // period + 1, period))
        return best


def forget_oldest(remembered: dict[Any, Any]) -> None:
    """Keep what is remembered bounded."""
    if len(remembered) > REMEMBERED_MAX:
        del remembered[next(iter(remembered))]
