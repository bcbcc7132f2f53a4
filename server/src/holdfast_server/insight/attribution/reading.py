"""From what is kept of a run to the acts that evidence is looked for in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypedDict, cast

import msgspec

from holdfast_server.insight.attribution.act import Act
from holdfast_server.record.runs.conversation import read_messages
from holdfast_server.record.runs.rows import StepRow
from holdfast_server.record.spans.span import Span

ACTS_MAX: Final = 2_000
TEXT_MAX: Final = 16_384
REFUSED: Final = frozenset({"refused", "halted"})
REFUSING: Final = frozenset({"deny", "halt"})
REPORTED_TWICE: Final = frozenset({"wrapper", "duplicate"})
"""Spans that repeat what others report."""


class _About(TypedDict):
    step: str
    agent: str
    at_ns: int


def read_acts(steps: Sequence[StepRow], spans: Sequence[Span]) -> list[Act]:
    """The acts of a run in the order they began.

    Args:
        steps: what was decided on; they stand for the spans of the same id.
        spans: everything that came as a trace.
    """
    by_id = {span.span_id: span for span in spans}
    decided = {row.id for row in steps}
    placed = [(row.started_ns, row.id, _of_step(row, by_id.get(row.id))) for row in steps]
    seen = (span for span in spans if span.span_id not in decided and span.counted not in REPORTED_TWICE)
    # A failure shows in everything around it; the innermost span is where it happened.
    around = {span.parent_id for span in spans if span.status == "error"}
    placed += [
        (span.start_ns, span.span_id, _of_span(span, inner=span.span_id not in around)) for span in seen
    ]
    acts = [act for _, _, act in sorted(placed, key=lambda one: one[:2]) if act is not None]
    task = () if any(act.kind == "person" for act in acts) else _task(spans)
    return [*task, *acts][:ACTS_MAX]


def _of_step(row: StepRow, span: Span | None) -> Act | None:
    about = _About(step=row.id, agent=row.agent, at_ns=row.started_ns)
    asked = _text(row.arguments)
    match row.kind:
        case "start" if row.verdict in REFUSING:
            return Act(kind="delegate", target=row.target, asked=asked, refused=_refused(row), **about)
        case "start":
            return Act(kind="person", text=_field(row.arguments, "input") or asked, **about)
        case "tool" | "memory":
            return Act(
                kind="call", target=row.target, effect=row.effect, asked=asked, result=_text(row.result),
                error=_error(row), refused=_refused(row), observed=_observed(row), **about,
            )  # fmt: skip
        case "delegate":
            return Act(
                kind="delegate", target=row.target, asked=asked, text=asked, error=_error(row),
                refused=_refused(row), **about,
            )  # fmt: skip
        case "model" | "message" | "output":
            refused = _refused(row)
            said = _said(span) if span else ""
            # Of what was refused only our own words are kept, and they say nothing of the agent.
            text = "" if refused else said or _text(row.result if row.kind == "model" else row.arguments)
            return Act(kind="say", target=row.target, text=text, error=_error(row), refused=refused, **about)
        case _:
            return None


def _of_span(span: Span, *, inner: bool) -> Act | None:
    failed = (span.status_message or "it failed") if span.status == "error" else ""
    about = _About(step=span.span_id, agent=span.agent or span.service, at_ns=span.start_ns)
    match span.step_kind:
        case "tool" | "memory":
            return Act(
                kind="call", target=span.target, asked=_cut(span.input), result=_cut(span.output),
                error=failed, **about,
            )  # fmt: skip
        case "delegate":
            return Act(kind="delegate", target=span.target, asked=_cut(span.input), error=failed, **about)
        case "model" | "message" | "output":
            return Act(kind="say", target=span.target, text=_said(span), error=failed, **about)
        case _ if failed and inner:
            return Act(kind="call", target=span.name, error=failed, **about)
        case _:
            return None


def _task(spans: Iterable[Span]) -> tuple[Act, ...]:
    """What the first model call was asked by a person."""
    for span in spans:
        for message in read_messages(span, "input"):
            if message.role == "user":
                text = "\n".join(part.text or "" for part in message.parts)
                return (Act(step=span.span_id, kind="person", text=_cut(text), at_ns=span.start_ns),)
    return ()


def _said(span: Span) -> str:
    parts = [part for message in read_messages(span, "output") for part in message.parts]
    return _cut("\n".join(part.text for part in parts if part.text and part.type == "text"))


def _error(row: StepRow) -> str:
    return row.error if row.state == "failed" else ""


def _refused(row: StepRow) -> str:
    if row.state not in REFUSED or not row.enforced:
        return ""
    reason: Mapping[str, str] = row.reasons[0] if row.reasons else {}
    return reason.get("message") or reason.get("rule") or row.stage or "refused"


def _observed(row: StepRow) -> str:
    return str((row.conduct or {}).get("observed") or "")


def _field(value: Any, name: str) -> str:
    return _text(cast("dict[str, Any]", value).get(name)) if isinstance(value, dict) else ""


def _text(value: Any) -> str:
    if value is None:
        return ""
    return _cut(value if isinstance(value, str) else msgspec.json.encode(value).decode())


def _cut(text: str) -> str:
    return text[:TEXT_MAX]
