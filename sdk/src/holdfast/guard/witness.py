"""A second opinion in production: one in so many decisions is asked of stock Cedar too, in the background.

The caller pays one counter. Whatever comes of it changes no decision: an engine of our own that disagrees
with the one it must equal is an alarm for people, with everything they need to find out why.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from holdfast.action import Action, Kind
from holdfast.decision import Bundle, Session
from holdfast.decision.cedar import Entity
from holdfast.decision.cedar.stock import Answer, Stock, answer_of
from holdfast.decision.gate import Gate, action_name, groups_of
from holdfast.errors import Invalid
from holdfast.guard.step import Step

QUEUE_MAX: Final = 64
STOCKS_MAX: Final = 256
FILES_MAX: Final = 32
NOBODY: Final[frozenset[str]] = frozenset()
FOLDER: Final = "witness"

log = logging.getLogger("holdfast")


class Disagreement(msgspec.Struct, frozen=True):
    """Two engines, one question, two answers."""

    step: str
    run: str
    session: str
    agent: str
    target: str
    bundle: str
    ours: Answer
    stock: Answer

    def __str__(self) -> str:
        return (
            f"step {self.step}, {self.agent} on {self.target}, bundle {self.bundle[:12]}: "
            f"compiled says {_tell(self.ours)}, stock Cedar says {_tell(self.stock)}"
        )


class Tally(msgspec.Struct):
    """What has come of it so far in this process."""

    checked: int = 0
    skipped: int = 0
    """Taken for a sample and not compared: too many at once, or nothing to compare."""
    disagreed: int = 0
    last: str = ""


class Moment(msgspec.Struct):
    """What a context is projected from."""

    action: Action
    arguments: dict[str, Any]
    session: Session
    approvals: frozenset[str]
    now_ns: int
    bundle: Bundle


Alarm = Callable[[Disagreement], None]


class Witness:
    """Takes one in so many decisions and asks stock Cedar the same."""

    def __init__(self, every: int, *, alarm: Alarm, file: Path | None = None) -> None:
        self.tally = Tally()
        self._every = self._left = every
        self._alarm = alarm
        self._file = file
        self._queue: queue.Queue[Moment | None] = queue.Queue(QUEUE_MAX)
        self._thread: threading.Thread | None = None
        self._pid = 0
        self._stocks: OrderedDict[int, tuple[Gate, Stock]] = OrderedDict()

    def see(self, step: Step, bundle: Bundle) -> None:
        """Count a decision, and take it when its turn has come; never waits and never raises."""
        self._left -= 1
        if self._left > 0:
            return
        self._left = self._every
        self._take(step, bundle)

    def close(self) -> None:
        """Finish what was taken, within a second."""
        thread = self._thread
        if thread is None or self._pid != os.getpid():
            return
        self._thread = None
        try:
            self._queue.put(None, timeout=1)
            thread.join(1)
        except queue.Full:
            return

    def _take(self, step: Step, bundle: Bundle) -> None:
        action = step.action
        now_ns = step.started_ns
        moment = Moment(action, action.arguments, step.run.session.state, NOBODY, now_ns, bundle)
        try:
            self._queue.put_nowait(moment)
        except queue.Full:
            self.tally.skipped += 1
            return
        # A forked child has the queue, but not the thread.
        if self._thread is None or self._pid != os.getpid():
            self._pid = os.getpid()
            self._thread = threading.Thread(target=self._work, name="holdfast-witness", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while (moment := self._queue.get()) is not None:
            try:
                self.examine(moment)
            except Exception:
                self.tally.skipped += 1
                log.exception("holdfast: a decision could not be put to stock Cedar")
            self._write()

    def examine(self, moment: Moment) -> None:
        """Ask both engines the same, for every link of the chain."""
        gate = moment.bundle.gate(moment.action)
        try:
            context = gate.project(moment) if gate is not None else None
        except (Invalid, ValueError):
            context = None  # refused before any policy was asked
        if gate is None or context is None:
            self.tally.skipped += 1
            return
        directory, stock = moment.bundle.terms.directory, self._stock(gate)
        resource, above = _resource(gate, moment)
        for actor in moment.action.chain or (moment.action.actor,):
            principal = directory.principal(actor.agent)
            if principal is None:
                continue
            about = (principal.entity, principal.ancestors, resource, above, context, directory.world)
            ours = answer_of(gate.judge(*about))
            theirs = stock.judge(principal.entity, resource, context, directory.world)
            if ours != theirs or _is_permitted(gate, about) != (theirs.allowed and not theirs.failing):
                self._disagree(moment, actor.agent, ours, theirs)
        self.tally.checked += 1

    def _disagree(self, moment: Moment, agent: str, ours: Answer, theirs: Answer) -> None:
        action = moment.action
        found = Disagreement(
            action.id, action.run, action.session, agent, action.target, moment.bundle.hash, ours, theirs
        )
        self.tally.disagreed += 1
        self.tally.last = str(found)
        log.error("holdfast: the compiled policies and stock Cedar disagree: %s", found)
        self._alarm(found)

    def _stock(self, gate: Gate) -> Stock:
        known = self._stocks.get(id(gate))
        if known is not None and known[0] is gate:
            return known[1]
        action = Entity("Action", action_name(gate.kind, gate.contract))
        groups = frozenset({action, *(Entity("Action", one) for one in groups_of(gate.kind, gate.contract))})
        stock = Stock(gate.policies, action=action, groups=groups)
        self._stocks[id(gate)] = (gate, stock)
        if len(self._stocks) > STOCKS_MAX:
            self._stocks.popitem(last=False)
        return stock

    def _write(self) -> None:
        """Leave the tally where `holdfast doctor` finds it."""
        if self._file is None:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_bytes(msgspec.json.encode(self.tally))
            files = sorted(self._file.parent.glob("*.json"), key=lambda one: one.stat().st_mtime)
            for old in files[:-FILES_MAX]:
                old.unlink(missing_ok=True)
        except OSError as error:
            log.warning("holdfast: %s cannot be written: %s", self._file, error)


def read_tallies(data: Path) -> Tally:
    """What the processes of a data folder have found, together."""
    whole = Tally()
    for file in sorted((data / FOLDER).glob("*.json"))[:FILES_MAX]:
        try:
            one = msgspec.json.decode(file.read_bytes(), type=Tally)
        except (OSError, msgspec.MsgspecError):
            continue
        whole.checked += one.checked
        whole.skipped += one.skipped
        whole.disagreed += one.disagreed
        whole.last = one.last or whole.last
    return whole


def _resource(gate: Gate, moment: Moment) -> tuple[Entity, frozenset[Entity]]:
    if gate.kind is Kind.TOOL:
        return gate.resource, gate.resource_ancestors
    return moment.bundle.terms.directory.resource(moment.action)


def _is_permitted(gate: Gate, about: tuple[Any, ...]) -> bool:
    """What the short way says, which only knows plain permission; where it fails, the long way is asked."""
    try:
        return gate.permits(*about)
    except Exception:  # noqa: BLE001  # whatever is raised means that a policy failed
        return False


def _tell(answer: Answer) -> str:
    rules = ", ".join(sorted(answer.deciding)) or "nothing"
    failing = f", {', '.join(sorted(answer.failing))} failing" if answer.failing else ""
    return f"{'allow' if answer.allowed else 'deny'} by {rules}{failing}"
