"""Which recorded step a call is, and what it gets: what was recorded, what the fork says, or reality."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from holdfast.errors import Misconfigured
from holdfast.guard import installed
from holdfast.guard.replaying import Played
from holdfast.guard.step import Step
from holdfast.record.recording import RecordedStep, ReplayPlan, ReplayReport
from holdfast.testing.replaying.answers import play, refuse
from holdfast.testing.replaying.edits import Wording

NOT_RECORDED: Final = "Not run: the recording holds no result for this call."
NO_ANSWER: Final = "the recording holds no further answer of this model; replay with live models to ask it"
UNUSED_MAX: Final = 100
RUNS_MAX: Final = 1_000

Place = tuple[int, RecordedStep]


class ToolFailed(Exception):
    """The tool failed in the recording, in these words."""


class Replay:
    """Goes through one recorded run; called from any thread."""

    def __init__(self, plan: ReplayPlan) -> None:
        """Make one.

        Raises:
            Misconfigured: the step of the fork is not in the recording, or cannot be answered like that.
        """
        self.plan: Final = plan
        self.report: Final = ReplayReport()
        self._lock = threading.Lock()
        self._waiting: defaultdict[tuple[str, str], list[Place]] = defaultdict(list)
        self._results: dict[tuple[str, bytes], RecordedStep] = {}
        self._taken: dict[str, Place] = {}
        """By the id of the step that got it."""
        for place, one in enumerate(plan.recording.steps):
            self._waiting[_key(one)].append((place, one))
            if one.kind == "tool":
                self._results[one.target, _canonical(one.arguments)] = one
        self._fork = _find_fork(plan)
        self._wording: Wording | None = None

    def began(self, run: str) -> None:
        """A run begins."""
        if len(self.report.runs) < RUNS_MAX:
            self.report.runs.append(run)

    def rewrite(self, agent: str, content: bytes) -> bytes:
        """The body of a model call with what the fork says otherwise."""
        fork = self.plan.fork
        if fork is None or (fork.message is None and fork.system is None):
            return content
        with self._lock:
            queue = self._waiting[agent, "model"]
            if self._wording is None and queue and queue[0][1].id == fork.step:
                self._wording = Wording(message=fork.message, system=fork.system)
            reached = self._wording is not None and agent == self.plan.recording.steps[self._fork].agent
        return self._wording.apply(content) if reached and self._wording is not None else content

    def answer(self, step: Step, path: str, content: bytes) -> Played | None:
        """What a model answers in this step; None when it is really asked."""
        wanted = step.action.arguments.get("request")
        found = self._take(step, "model", lambda one: one.arguments.get("request") == wanted)
        if found is not None and self._serves(found, self.plan.models):
            self.report.served += 1
            return play(path, content, self._said(found))
        if self.plan.models == "recorded" or self._before_fork():
            self.report.missing.append(step.action.target)
            return refuse(path, content, NO_ANSWER)
        self.report.live += 1
        return None

    def ran(self, step: Step) -> str:
        """The recorded step in which this call ran; empty when there is none."""
        found = self._find_tool(step)
        return found[1].id if found is not None else ""

    def around(self, step: Step, dress: Callable[[str], Any]) -> Callable[[], Any] | None:
        """What stands in for a tool's call; None when it really runs."""
        found = self._find_tool(step)
        if found is not None and self._serves(found, self.plan.tools):
            self.report.served += 1
            return partial(_return, self._said(found), dress)
        if self.plan.tools == "live" and not self._before_fork():
            self.report.live += 1
            return None
        known = self._results.get((step.action.target, _canonical(step.arguments)))
        if known is not None:
            self.report.served += 1
            return partial(_return, known, dress)
        self.report.missing.append(step.action.target)
        return lambda: dress(NOT_RECORDED)

    def close(self) -> None:
        """Say what came of it, in the file that the plan names."""
        left = sorted(place for queue in self._waiting.values() for place in queue)
        before = [one.id for place, one in left if self._fork < 0 or place < self._fork]
        self.report.unused = before[:UNUSED_MAX]
        if self.plan.report:
            Path(self.plan.report).write_bytes(msgspec.json.encode(self.report))

    def _find_tool(self, step: Step) -> Place | None:
        wanted = _canonical(step.arguments)
        return self._take(step, step.action.target, lambda one: _canonical(one.arguments) == wanted)

    def _take(self, step: Step, what: str, alike: Callable[[RecordedStep], bool]) -> Place | None:
        """The recorded step that this call is: the first that was asked for alike, else the next in order."""
        with self._lock:
            if step.id in self._taken:
                return self._taken[step.id]
            queue = self._waiting[step.run.actor.agent, what]
            which = next((n for n, (_, one) in enumerate(queue) if alike(one)), None)
            if which is None:
                # Other words than recorded: before the fork that is the next call, after it another one.
                if not queue or (self._fork >= 0 and queue[0][0] > self._fork):
                    return None
                which = 0
                if queue[0][0] != self._fork:
                    self.report.drifted.append(queue[0][1].id)
            found = self._taken[step.id] = queue.pop(which)
            self.report.forked = self.report.forked or found[0] == self._fork
            return found

    def _serves(self, found: Place, afterwards: str) -> bool:
        place, _ = found
        if self._fork < 0 or place < self._fork:
            return True
        fork = self.plan.fork
        if place == self._fork and fork is not None and (fork.answer is not None or fork.result is not None):
            return True
        return afterwards == "recorded" and (place > self._fork or fork is None or not fork.edited)

    def _said(self, found: Place) -> RecordedStep:
        """The recorded step, as the fork has it."""
        place, one = found
        fork = self.plan.fork
        if fork is None or place != self._fork:
            return one
        if fork.answer is not None:
            said: dict[str, Any] = {
                "role": "assistant",
                "parts": [{"type": "text", "content": fork.answer}],
            }
            return msgspec.structs.replace(one, answer=(said,), failed=False)
        if fork.result is not None:
            return msgspec.structs.replace(one, result=fork.result, failed=False)
        return one

    def _before_fork(self) -> bool:
        """Whether nothing may really happen yet."""
        return self._fork < 0 or not self.report.forked


def open_replay(file: Path) -> Replay:
    """The replay that a plan describes.

    Raises:
        Misconfigured: the file is not a plan.
    """
    try:
        plan = msgspec.json.decode(file.read_bytes(), type=ReplayPlan)
    except (OSError, msgspec.MsgspecError) as error:
        raise Misconfigured(f"{file} is no replay: {error}", hint="`holdfast replay` makes one.") from error
    return Replay(plan)


@contextmanager
def replaying(plan: ReplayPlan) -> Generator[ReplayReport]:
    """Go through a recorded run inside, under the guard that is installed.

    Raises:
        Misconfigured: nothing is governed yet, or the plan does not fit its recording.
    """
    guard = installed()
    if guard is None:
        raise Misconfigured("nothing is governed yet", hint="Call holdfast.init() first.")
    made = Replay(plan)
    before, guard.replaying = guard.replaying, made
    try:
        yield made.report
    finally:
        guard.replaying = before
        made.close()


def _find_fork(plan: ReplayPlan) -> int:
    fork, steps = plan.fork, plan.recording.steps
    if fork is None:
        return -1
    place = next((n for n, one in enumerate(steps) if one.id == fork.step), None)
    if place is None:
        raise Misconfigured(
            f"step {fork.step[:64]} is no call of a model or tool in run {plan.recording.run}",
            hint="`holdfast runs show` lists the steps.",
        )
    kind = steps[place].kind
    told = "result" if kind == "model" else "answer"
    if getattr(fork, told) is not None or (kind == "tool" and (fork.message or fork.system)):
        raise Misconfigured(f"step {fork.step} is a call of a {kind}", hint=_EDITS[kind])
    return place


_EDITS: Final = {
    "model": "Give it --answer, --message or --system.",
    "tool": "Give it --result.",
}


def _key(one: RecordedStep) -> tuple[str, str]:
    return one.agent, "model" if one.kind == "model" else one.target


def _canonical(arguments: dict[str, Any]) -> bytes:
    return msgspec.json.encode(arguments, order="sorted")


def _return(recorded: RecordedStep, dress: Callable[[str], Any]) -> Any:
    if recorded.failed:
        raise ToolFailed(recorded.error or "it failed in the recording")
    return dress(recorded.result)
