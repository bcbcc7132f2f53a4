"""From leaves and spans to the books: what each call adds to the sums of money, conduct and latency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from holdfast.record.events import DecisionRecord, OutcomeRecord
from holdfast_server.record.books.books import Books, Call, Who
from holdfast_server.record.runs.rows import RunRow, StepRow
from holdfast_server.record.spans.span import Span

TAGS_MAX: Final = 32
NAME_MAX: Final = 200
ABOVE_MAX: Final = 6
"""How far up a span looks for the tool that it was made inside of."""
OWN_NAMES: Final = ("team", "workflow", "customer", "release")
"""Tags that are columns of their own."""
LIBRARY: Final = "holdfast"
"""The scope of spans that our SDK makes."""
CALLS: Final = frozenset({"model", "tool"})
APART: Final = frozenset({"embeddings", "rerank", "moderation"})
"""What models do that is no part of a conversation: it costs money, and counts neither as a model call of a
run nor into its tokens."""
ENDED: Final = {"done": "done", "failed": "failed", "cancelled": "failed"}


def is_ours(span: Span) -> bool:
    """Whether our SDK made it: what it tells of, records tell as well."""
    return bool(span.run) and span.scope == LIBRARY


def converses(span: Span) -> bool:
    """Whether it is a model call whose tokens are those of a conversation."""
    return span.step_kind == "model" and span.operation not in APART


def names_of(span: Span) -> list[tuple[str, str]]:
    """What a call is found by: the tool, or the model and who serves it; each with its kind."""
    said: tuple[tuple[str, str], ...] = ()
    if span.step_kind == "tool":
        said = (("tool", span.target),)
    elif span.step_kind == "model":
        said = ("model", span.model), ("model", span.target), ("provider", span.provider)
    return [(kind, name[:NAME_MAX]) for kind, name in said if name]


def name_run(run: RunRow, payload: Mapping[str, Any]) -> None:
    """Take down for whom a run works, as the process said when it began."""
    told = payload.get("tags")
    if not isinstance(told, dict):
        return
    pairs = [(str(name)[:NAME_MAX], str(value)[:NAME_MAX]) for name, value in told.items()][:TAGS_MAX]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # any JSON
    for name, value in pairs:
        if name in OWN_NAMES:
            setattr(run, name, value)
    run.tags = sorted({f"{name}={value}" for name, value in pairs if name not in OWN_NAMES})


def name_run_by_span(books: Books, run: RunRow, span: Span) -> None:
    """Take down for whom a run works, as its spans say; the first that says it is believed.

    Spans come in any order: what was counted before anybody said it is named then.
    """
    if not (span.tags or span.team or span.workflow or span.customer or span.release):
        return
    before = [getattr(run, name) for name in OWN_NAMES], run.tags
    for name in OWN_NAMES:
        if value := getattr(span, name)[:NAME_MAX]:
            setattr(run, name, getattr(run, name) or value)
    if span.tags:
        run.tags = sorted({*run.tags, *(tag[:NAME_MAX] for tag in span.tags[:TAGS_MAX])})[:TAGS_MAX]
    after = [getattr(run, name) for name in OWN_NAMES], run.tags
    if after != before and run.priced_calls + run.unpriced_calls:
        books.named[run.id] = _who(run)


def book_decision(books: Books, run: RunRow, leaf: DecisionRecord) -> None:
    """Count what was decided, once a step."""
    refused = leaf.verdict in ("ask", "deny", "halt")
    if not leaf.enforced or not (refused or leaf.kind == "tool"):
        return
    amounts = {
        "tools_asked": leaf.kind == "tool",
        "tools_invalid": leaf.kind == "tool" and refused and leaf.stage == "contract",
        "asked": leaf.verdict == "ask",
        "denied": leaf.verdict == "deny",
        "halted": leaf.verdict == "halt",
        "loops": refused and leaf.stage == "detector",
    }
    said = {name: int(amount) for name, amount in amounts.items() if amount}
    if said:
        books.count(leaf.at_ns, run.agent, run.version, **said)


def is_counted_elsewhere(payload: Mapping[str, Any]) -> bool:
    """Whether an outcome says that a gateway counts the call: two records of one call cost it once."""
    return bool(payload.get("counted_by"))


def book_outcome(
    books: Books, run: RunRow, step: StepRow, leaf: OutcomeRecord, payload: Mapping[str, Any]
) -> None:
    """Count what came of a step, how long it took and what it cost."""
    if step.kind not in CALLS:
        return
    observed = str((step.conduct or {}).get("observed", ""))
    run.confirmed += observed == "confirmed"
    ended = ENDED.get(leaf.status)
    said = {observed: 1} if observed else {}
    if ended:
        said[f"{step.kind}s_{ended}"] = 1
        books.time(leaf.at_ns, run.agent, run.version, step.kind, _took(step, payload))
    if said:
        books.count(leaf.at_ns, run.agent, run.version, **said)
    unpriced = step.kind == "model" and step.cost_micro_usd is None and step.state == "done"
    if step.cost_micro_usd is not None or unpriced:
        books.charge(_who(run), _call(step, leaf))


def book_span(
    books: Books, run: RunRow, span: Span, end_ns: int, around: Mapping[tuple[str, str], Span]
) -> None:
    """Count one span of a trace that nobody decides on.

    Args:
        books: what to add to.
        run: the run it is folded into.
        span: one that was not counted before.
        end_ns: when it ended, as far as its clock is believed.
        around: spans of the same block, where the tool around it is looked for.
    """
    agent, version = span.agent or run.agent, span.agent_version or run.version
    if span.step_kind in CALLS and span.counted == "once":
        ended = "failed" if span.status == "error" else "done"
        books.count(end_ns, agent, version, **{f"{span.step_kind}s_{ended}": 1})
        books.time(end_ns, agent, version, span.step_kind, max(0, span.end_ns - span.start_ns))
    if span.billed:
        books.charge(who_of(run, span), call_of(span, end_ns, _tool_around(span, around)))


def who_of(run: RunRow, span: Span) -> Who:
    """Whom a span of a run counts for."""
    return _who(run, span.agent, span.agent_version)


def call_of(span: Span, end_ns: int, tool: str) -> Call:
    """A billed span as the books take it."""
    return Call(
        end_ns, span.cost_micro_usd, span.provider, span.model, tool, span.tokens_in, span.tokens_out,
        span.usage,
    )  # fmt: skip


def _who(run: RunRow, agent: str = "", version: str = "") -> Who:
    return Who(
        run.id, agent or run.agent, version or run.version, run.team, run.workflow, run.customer, run.release,
        tuple(run.tags),
    )  # fmt: skip


def _call(step: StepRow, leaf: OutcomeRecord) -> Call:
    tool = step.target if step.kind == "tool" else ""
    parent = "" if tool else step.parent
    return Call(
        leaf.at_ns, step.cost_micro_usd, step.provider, step.model, tool, leaf.tokens_in, leaf.tokens_out,
        step.usage or {}, parent,
    )  # fmt: skip


def _took(step: StepRow, payload: Mapping[str, Any]) -> int:
    """How long the call itself took: what a person needed to answer is not a part of it."""
    told = payload.get("duration_ns")
    return told if isinstance(told, int) else max(0, (step.ended_ns or 0) - step.started_ns)


def _tool_around(span: Span, around: Mapping[tuple[str, str], Span]) -> str:
    for _ in range(ABOVE_MAX):
        if span.step_kind == "tool":
            return span.target
        above = around.get((span.trace_id, span.parent_id))
        if above is None:
            return ""
        span = above
    return ""
