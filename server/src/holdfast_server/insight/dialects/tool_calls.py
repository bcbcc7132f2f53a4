"""The tool calls of a run, each with who asked for it, who ran it and what came back.

A call is known by the id under which a model asked for it. Where a sender leaves ids out, calls and the spans
that ran them are paired by name, in the order of time. A result that no span has is taken from what the model
was told next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

import msgspec

from holdfast_server.kit.wire import Wire
from holdfast_server.record.runs.runs import Runs
from holdfast_server.record.spans.chat import decoded, read_chat
from holdfast_server.record.spans.span import Span
from holdfast_server.record.spans.store import SpanStore

SPANS_MAX: Final = 5_000
State = Literal["asked", "done", "failed"]


class ToolCall(Wire):
    """One tool call."""

    id: str | None
    """Under which the model asked for it; null where nobody said."""
    name: str
    arguments: Any
    result: Any
    """Null while there is none, and where nobody sends it."""
    state: State
    """`asked` when nothing shows that it ran."""
    error: str
    asked_by: str | None
    """The step of the model that asked for it; null for a tool that no model asked for."""
    run_by: str | None
    """The step that ran it; null when no span shows it."""
    also: list[str]
    """Other spans that report the same call."""


class ToolCallList(Wire):
    """The tool calls of a run in the order they were asked for or run."""

    items: list[ToolCall]
    whole: bool
    """False when the run has more spans than were looked at."""


class ToolCalls:
    """Pairs what models ask for with what was run."""

    def __init__(self, runs: Runs, spans: SpanStore) -> None:
        self._runs, self._spans = runs, spans

    async def list(self, run: str) -> ToolCallList:
        """The tool calls of the run's trace.

        Raises:
            NotFound: there is no such run.
            Unavailable: the span store cannot be asked now.
        """
        summary = await self._runs.get(run)
        spans = await self._spans.list_trace(summary.trace, limit=SPANS_MAX)
        return ToolCallList(items=pair(spans), whole=len(spans) < SPANS_MAX)


class _Call(msgspec.Struct):
    """A call while it is being put together."""

    id: str
    name: str
    arguments: Any = None
    result: Any = None
    state: State = "asked"
    error: str = ""
    asked_by: str = ""
    run_by: str = ""
    also: list[str] = []

    def show(self) -> ToolCall:
        return ToolCall(
            id=self.id or None, name=self.name, arguments=self.arguments, result=self.result,
            state=self.state, error=self.error, asked_by=self.asked_by or None, run_by=self.run_by or None,
            also=self.also,
        )  # fmt: skip


def pair(spans: Sequence[Span]) -> list[ToolCall]:
    """Tool calls of a trace's spans, which come in the order they began."""
    calls: list[_Call] = []
    by_id: dict[str, _Call] = {}
    by_span: dict[str, _Call] = {}
    for span in spans:
        if span.step_kind == "model":
            for asked in _asked(span):
                known = by_id.get(asked.id) if asked.id else None
                if known is not None:
                    known.also += [span.span_id] if known.asked_by != span.span_id else []
                elif asked.id or span.counted != "duplicate":
                    calls.append(asked)
                    if asked.id:
                        by_id[asked.id] = asked
    tools = [span for span in spans if span.step_kind == "tool"]
    for span in sorted(tools, key=lambda one: one.counted == "duplicate"):
        call = by_id.get(span.call_id) or by_span.get(span.same_as) or _waiting(calls, span)
        if call is None:
            call = _Call(span.call_id, span.target)
            calls.append(call)
        by_span[span.span_id] = call
        _run(call, span)
    _hear_results(spans, by_id)
    return [call.show() for call in calls]


def _asked(span: Span) -> Iterator[_Call]:
    """The calls that a model asked for: as its answer says, or only by name and id."""
    seen: set[str] = set()
    for message in read_chat(span.output, "assistant"):
        for part in message["parts"] if message["role"] == "assistant" else ():
            if part.get("type") == "tool_call" and part.get("name"):
                said = str(part.get("id") or "")
                seen.add(said)
                yield _Call(said, str(part["name"]), part.get("arguments"), asked_by=span.span_id)
    for said, name in span.calls.items():
        if said not in seen and not said.startswith(f"{name}#"):
            yield _Call(said, name, asked_by=span.span_id)


def _waiting(calls: Sequence[_Call], span: Span) -> _Call | None:
    """A call of this tool that was asked for without an id, and that nothing ran yet."""
    open_calls = (one for one in calls if not one.run_by and (not one.id or not span.call_id))
    return next((one for one in open_calls if one.name == span.target and one.asked_by), None)


def _run(call: _Call, span: Span) -> None:
    if call.run_by:
        call.also.append(span.span_id)
    else:
        call.run_by = span.span_id
        call.state = "failed" if span.status == "error" else "done"
        call.error = span.status_message if span.status == "error" else ""
        call.id = call.id or span.call_id
    if call.arguments is None and span.input:
        call.arguments = decoded(span.input)
    if call.result is None and span.output:
        call.result = decoded(span.output)


def _hear_results(spans: Sequence[Span], by_id: dict[str, _Call]) -> None:
    """Results that only the next question to the model tells."""
    for span in spans:
        if span.step_kind != "model" or "tool" not in span.input:
            continue
        for message in read_chat(span.input, "user"):
            for part in message["parts"]:
                call = by_id.get(str(part.get("id"))) if part.get("type") == "tool_call_response" else None
                if call is not None and call.result is None:
                    call.result = part.get("response")
                    call.state = "done" if call.state == "asked" else call.state
