"""How leaves become runs and steps: a pure fold, so that it can be checked by replaying a ledger.

```text
decision   allow · transform → running     ask → waiting     deny → refused     halt → halted
outcome    done → done     failed · cancelled → failed     refused → refused     halted → halted
```

The run's own step, of kind `start`, moves the run. One that only a gateway knows has none: nobody says when
it ends, so it is over between its calls, and goes on with the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from holdfast.record.events import DecisionRecord, OutcomeRecord
from holdfast_server.kit.wire import NS_PER_S, at
from holdfast_server.record.books.books import Books
from holdfast_server.record.pricing import PriceOf
from holdfast_server.record.runs.bookkeeping import (
    book_decision,
    book_outcome,
    is_counted_elsewhere,
    name_run,
)
from holdfast_server.record.runs.rows import RunRow, StepRow

AFTER_VERDICT: Final[Mapping[str, str]] = {
    "allow": "running",
    "transform": "running",
    "ask": "waiting",
    "deny": "refused",
    "halt": "halted",
}
AFTER_OUTCOME: Final[Mapping[str, str]] = {
    "done": "done",
    "failed": "failed",
    "cancelled": "failed",
    "refused": "refused",
    "halted": "halted",
}
RUN_AFTER_OUTCOME: Final[Mapping[str, str]] = {
    "done": "completed",
    "failed": "failed",
    "cancelled": "failed",
    "refused": "halted",
    "halted": "halted",
}
BETWEEN_CALLS: Final[Mapping[str, str]] = {**RUN_AFTER_OUTCOME, "refused": "completed"}
"""The client goes on after a refusal."""
OVER: Final = frozenset({"completed", "failed"})
GATEWAY: Final = "gateway"
REFUSED: Final = frozenset({"ask", "deny", "halt"})
LIVE: Final = frozenset({"running", "waiting"})
COUNTED: Final[Mapping[str, str]] = {"model": "model_calls", "tool": "tool_calls"}
BILLED: Final = frozenset({"model", "tool"})
"""Kinds whose cost is money spent; every other step only repeats what its children cost."""

OBSERVED: Final = frozenset({"confirmed", "contradicted", "unknown"})
NAME_MAX: Final = 200
DETAIL_MAX: Final = 1_000
ATTEMPTS_MAX: Final = 1_000
NUMBER_MAX: Final = 2**53
WOULD_MAX: Final = 32

NS_PER_MINUTE: Final = 60 * NS_PER_S


class Taken(msgspec.Struct, frozen=True):
    """One leaf, where it stands in the server's ledger, and what its process said beside it."""

    position: int
    leaf: DecisionRecord | OutcomeRecord
    payload: dict[str, Any]
    process: str = ""


class Spent(msgspec.Struct):
    """What one agent spent in one minute."""

    micro_usd: int = 0
    calls: int = 0
    unpriced: int = 0


class Spoken(msgspec.Struct):
    """How often one rule spoke in one minute."""

    refused: int = 0
    would: int = 0
    """Would have refused, had it counted."""


class Projection:
    """The rows that a batch of leaves touches, loaded before and saved after."""

    def __init__(
        self, runs: dict[str, RunRow], steps: dict[tuple[str, str], StepRow], price: PriceOf
    ) -> None:
        self.runs = runs
        self.steps = steps
        """By run and step id."""
        self.spent: defaultdict[tuple[int, str], Spent] = defaultdict(Spent)
        self.spoken: defaultdict[tuple[str, int], Spoken] = defaultdict(Spoken)
        self.books = Books()
        self.ended: list[str] = []
        """Steps that have their outcome now."""
        self.overtaken: set[str] = set()
        """Runs of which traces came first: from here on their records count, not their spans."""
        self.told: dict[str, int] = {}
        """How many spans runs made, as their agents said at the end."""
        self._price = price

    def take(self, taken: Taken) -> None:
        """Fold one leaf in."""
        match taken.leaf:
            case DecisionRecord() as decision:
                self._decided(decision, taken)
            case OutcomeRecord() as outcome:
                self._ended(outcome, taken)

    def _decided(self, leaf: DecisionRecord, taken: Taken) -> None:
        run = self._run(leaf, taken)
        step = self.steps.get((leaf.run, leaf.step))
        if step is None:
            step = StepRow(leaf.trace, leaf.step, leaf.run, leaf.session, started_ns=leaf.at_ns)
            self.steps[leaf.run, leaf.step] = step
            _count_step(run, leaf.kind)
        before = step.state if step.decision_index is not None else ""
        if step.decision_index is None:
            self._count_rules(leaf)
            book_decision(self.books, run, leaf)
        _judge_step(step, leaf, taken)
        run.count("waiting", (step.state == "waiting") - (before == "waiting"))
        run.count(leaf.verdict)
        run.labels = sorted({*run.labels, *leaf.labels})
        if run.state in OVER and _is_between(run):
            run.state, run.error = "running", ""
        if leaf.kind == "start":
            self._begin(run, leaf, taken.payload)
        else:
            run.last_step, run.last_kind, run.last_target = leaf.step, leaf.kind, leaf.target
            if not run.start_step and taken.payload.get("framework") == GATEWAY:
                run.framework, run.title = GATEWAY, run.title or _text(taken.payload, "title")
        _judge_run(run, step, leaf)

    def _count_rules(self, leaf: DecisionRecord) -> None:
        minute = leaf.at_ns // NS_PER_MINUTE
        for rule in leaf.rules if leaf.enforced and leaf.verdict in REFUSED else ():
            self.spoken[rule, minute].refused += 1
        for one in leaf.would:
            self.spoken[one.rpartition("=")[0], minute].would += 1

    def _run(self, leaf: DecisionRecord, taken: Taken) -> RunRow:
        run = self.runs.get(leaf.run)
        if run is None or not run.governed:
            if run is not None:
                self.overtaken.add(run.id)
            run = RunRow(leaf.run, leaf.trace, leaf.session, agent=leaf.agent, started_ns=leaf.at_ns)
            run.version, run.owner, run.person = leaf.version, leaf.owner, leaf.person
            run.chain = list(leaf.chain)
            self.runs[leaf.run] = run
        run.process = taken.process or run.process
        run.last_ns = max(run.last_ns, leaf.at_ns)
        return run

    def _begin(self, run: RunRow, leaf: DecisionRecord, payload: Mapping[str, Any]) -> None:
        run.start_step, run.started_ns, run.chain = leaf.step, leaf.at_ns, list(leaf.chain)
        run.framework, run.title = _text(payload, "framework"), _text(payload, "title")
        run.takes_over = payload.get("takes_over") is True
        run.parent_run = self._parent_run(leaf)
        name_run(run, payload)

    def _parent_run(self, leaf: DecisionRecord) -> str:
        for step in self.steps.values():
            if step.id == leaf.parent and step.trace == leaf.trace:
                return step.run
        return leaf.trace if leaf.trace != leaf.run else ""

    def _ended(self, leaf: OutcomeRecord, taken: Taken) -> None:
        run = self.runs.get(leaf.run)
        if run is None:
            run = self.runs[leaf.run] = RunRow(leaf.run, leaf.run, leaf.session, started_ns=leaf.at_ns)
        step = self.steps.get((leaf.run, leaf.step))
        if step is None:
            step = StepRow(run.trace, leaf.step, leaf.run, leaf.session, started_ns=leaf.at_ns)
            self.steps[leaf.run, leaf.step] = step
        if step.outcome_index is not None:
            return
        run.count("waiting", -(step.state == "waiting"))
        run.last_ns = max(run.last_ns, leaf.at_ns)
        self._close_step(step, leaf, taken)
        if is_counted_elsewhere(taken.payload):
            # A gateway tells of the same call: it was asked for there, and is paid there.
            run.count(COUNTED.get(step.kind, "steps"), -1)
        else:
            self._bill(run, step, leaf)
            book_outcome(self.books, run, step, leaf, taken.payload)
        if step.id == run.start_step:
            _close_run(run, leaf, step, RUN_AFTER_OUTCOME)
            self._tell(run, taken.payload)
        elif _is_between(run):
            _close_run(run, leaf, step, BETWEEN_CALLS)
        elif run.state == "waiting" and not run.waiting:
            run.state = "running"
        self.ended.append(step.id)

    def _tell(self, run: RunRow, payload: Mapping[str, Any]) -> None:
        number = payload.get("number")
        if isinstance(number, int) and 0 < number <= NUMBER_MAX:
            self.told[run.id] = number

    def _close_step(self, step: StepRow, leaf: OutcomeRecord, taken: Taken) -> None:
        payload = taken.payload
        step.state, step.outcome_index = AFTER_OUTCOME.get(leaf.status, "failed"), taken.position
        step.ended_ns = leaf.at_ns
        duration = payload.get("duration_ns")
        if isinstance(duration, int) and step.decision_index is None:
            step.started_ns = leaf.at_ns - duration
        step.error = (
            _text(payload, "error") or leaf.error_class or ("cancelled" * (leaf.status == "cancelled"))
        )
        step.result, step.usage = payload.get("result"), _object(payload, "usage")
        step.provider, step.model = _text(payload, "provider"), leaf.model or _text(payload, "model")
        step.labels = list(leaf.labels) or step.labels
        step.conduct = _conduct(leaf, payload)
        step.tokens_in, step.tokens_out = leaf.tokens_in, leaf.tokens_out
        step.cost_micro_usd, step.price = leaf.cost_micro_usd, _object(payload, "price")
        if step.kind == "model" and step.cost_micro_usd is None and step.usage and step.model:
            on = at(leaf.at_ns).isoformat(timespec="minutes")
            step.cost_micro_usd, step.price = self._price(step.provider, step.model, step.usage, on=on)

    def _bill(self, run: RunRow, step: StepRow, leaf: OutcomeRecord) -> None:
        if step.kind not in BILLED:
            return
        run.tokens_in += leaf.tokens_in
        run.tokens_out += leaf.tokens_out
        unpriced = step.kind == "model" and step.cost_micro_usd is None and step.state == "done"
        run.unpriced_calls += unpriced
        run.priced_calls += step.kind == "model" and step.cost_micro_usd is not None
        run.cost_micro_usd += step.cost_micro_usd or 0
        if step.cost_micro_usd or unpriced:
            spent = self.spent[leaf.at_ns // NS_PER_MINUTE, run.agent]
            spent.micro_usd += step.cost_micro_usd or 0
            spent.calls += 1
            spent.unpriced += unpriced


def _count_step(run: RunRow, kind: str) -> None:
    run.steps += kind != "start"
    if counter := COUNTED.get(kind):
        run.count(counter)


def _judge_step(step: StepRow, leaf: DecisionRecord, taken: Taken) -> None:
    payload = taken.payload
    step.state = AFTER_VERDICT[leaf.verdict] if leaf.enforced else "running"
    step.parent, step.agent, step.kind, step.target, step.effect = (
        *(leaf.parent, leaf.agent, leaf.kind, leaf.target, leaf.effect),
    )
    step.verdict, step.stage, step.bundle, step.enforced = (
        leaf.verdict,
        leaf.stage,
        leaf.bundle,
        leaf.enforced,
    )
    step.approval = leaf.approval or step.approval
    step.hold_micro_usd, step.decision_index = leaf.hold_micro_usd, taken.position
    step.labels = list(leaf.labels)
    step.unendorsed = [str(one) for one in payload.get("unendorsed") or leaf.unendorsed]
    step.reasons = read_reasons(payload) or [_bare_reason(rule) for rule in leaf.rules]
    step.obligations = [str(one) for one in payload.get("obligations") or ()]
    step.arguments = payload.get("arguments", step.arguments)
    step.would = read_would(payload, leaf.would)
    facts = payload.get("facts")
    step.facts = cast("dict[str, Any]", facts) if isinstance(facts, dict) else None
    step.took_ns = payload.get("took_ns", step.took_ns)
    step.timings_ns = read_timings(payload) or step.timings_ns


def read_would(payload: Mapping[str, Any], kept: Sequence[str]) -> list[dict[str, str]] | None:
    """What rules that do not count yet would have done: as it was told, else as the ledger has it."""
    told = payload.get("would")
    if isinstance(told, list):
        rows = cast("list[dict[str, Any]]", [one for one in cast("list[Any]", told) if isinstance(one, dict)])
        fields = ("rule", "verdict", "message", "level")
        found = [{name: str(one.get(name, ""))[:DETAIL_MAX] for name in fields} for one in rows[:WOULD_MAX]]
        if found:
            return found
    bare = [{"rule": one.rpartition("=")[0], "verdict": one.rpartition("=")[2]} for one in kept]
    return [{**one, "message": "", "level": ""} for one in bare] or None


def _judge_run(run: RunRow, step: StepRow, leaf: DecisionRecord) -> None:
    if leaf.enforced and (leaf.verdict == "halt" or (leaf.kind == "start" and leaf.verdict == "deny")):
        first = step.reasons[0] if step.reasons else _bare_reason("")
        run.stopped_rule, run.stopped_message = first["rule"] or leaf.stage, first["message"]
        run.stopped_stage, run.state, run.ended_ns = leaf.stage, "halted", leaf.at_ns
    elif run.state in LIVE or run.state == "lost":
        run.state, run.ended_ns = ("waiting" if run.waiting else "running"), None


def _is_between(run: RunRow) -> bool:
    """Whether only a gateway knows of it: then it is over whenever a call of it is."""
    return run.framework == GATEWAY and not run.start_step


def _close_run(run: RunRow, leaf: OutcomeRecord, step: StepRow, after: Mapping[str, str]) -> None:
    run.ended_ns = leaf.at_ns
    run.error = step.error or run.error
    run.observed = _observed(leaf)
    if run.state != "halted":
        run.state = after.get(leaf.status, "failed")


def read_reasons(payload: Mapping[str, Any]) -> list[dict[str, str]]:
    """The reasons beside a decision, whatever of them is well-formed."""
    said = payload.get("reasons")
    if not isinstance(said, list):
        return []
    fields = ("rule", "category", "message", "cure")
    return [{field: _text(one, field) for field in fields} for one in said if isinstance(one, dict)]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # any JSON


def read_timings(payload: Mapping[str, Any]) -> dict[str, int]:
    """Nanoseconds by stage, sent as an object or as pairs."""
    said = payload.get("timings_ns")
    if not said:
        return {}
    try:
        return msgspec.convert(dict(said), dict[str, int])
    except (TypeError, ValueError, msgspec.ValidationError):
        return {}


def _bare_reason(rule: str) -> dict[str, str]:
    return {"rule": rule, "category": "", "message": "", "cure": ""}


def _conduct(leaf: OutcomeRecord, payload: Mapping[str, Any]) -> dict[str, Any] | None:
    """How the contract was kept: what was observed is in the leaf, the rest beside it."""
    attempts = payload.get("attempts")
    told = {
        "observed": _observed(leaf),
        "observed_detail": _text(payload, "observed_detail")[:DETAIL_MAX],
        "attempts": attempts if isinstance(attempts, int) and 0 < attempts <= ATTEMPTS_MAX else 0,
        "repeats": _text(payload, "repeats")[:NAME_MAX],
        "undo": _undo(payload),
    }
    return {name: value for name, value in told.items() if value} or None


def _undo(payload: Mapping[str, Any]) -> dict[str, Any] | None:
    """The call that takes the effect back, as far as it is one."""
    said = _object(payload, "undo") or {}
    tool, arguments = said.get("tool"), said.get("arguments")
    if not isinstance(tool, str) or not isinstance(arguments, dict):
        return None
    return {"tool": tool[:NAME_MAX], "arguments": arguments}


def _observed(leaf: OutcomeRecord) -> str:
    """What was observed; a word of a newer SDK is at least no confirmation."""
    return leaf.observed if leaf.observed in OBSERVED or not leaf.observed else "unknown"


def _text(payload: Mapping[str, Any], field: str) -> str:
    value = payload.get(field)
    return value if isinstance(value, str) else ""


def _object(payload: Mapping[str, Any], field: str) -> dict[str, Any] | None:
    value = payload.get(field)
    return value if isinstance(value, dict) else None  # pyright: ignore[reportUnknownVariableType]  # any JSON object
