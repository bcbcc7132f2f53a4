"""A run written out for other programs: JSON with every field, CSV for a spreadsheet, OTLP for another store.

Everything is written page by page, so that a run of any length needs the memory of one page.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

import msgspec

from holdfast_server.kit.paging import LIMIT_MAX, PageAsk
from holdfast_server.kit.wire import NS_PER_S
from holdfast_server.record.runs.linking import said_of
from holdfast_server.record.runs.run import RunSummary
from holdfast_server.record.runs.step import Step
from holdfast_server.record.runs.steps import Steps
from holdfast_server.record.runs.windows import Windows
from holdfast_server.record.spans.chat import read_json, read_objects
from holdfast_server.record.spans.span import Span

EXPORTED_MAX: Final = 1_000_000
"""Steps in one file; what follows is left out, and the file says so where its form allows."""

COLUMNS: Final = (
    *("id", "parent", "run", "session", "trace", "agent", "kind", "name", "target", "effect"),
    *("state", "verdict", "stage", "rule", "message", "started_at", "ended_at", "duration_ms"),
    *("tokens_in", "tokens_out", "cost_usd", "priced", "provider", "model", "error"),
)
"""Of the CSV; `rule` and `message` are those of the first reason."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_STATUS: Final = {"unset": 0, "ok": 1, "error": 2}
_INTERNAL: Final = 1
_CONTENT: Final = {
    "model": ("gen_ai.input.messages", "gen_ai.output.messages"),
    "tool": ("gen_ai.tool.call.arguments", "gen_ai.tool.call.result"),
}
_encode = msgspec.json.encode


class Exports:
    """Writes runs out."""

    def __init__(self, steps: Steps, windows: Windows) -> None:
        self._steps = steps
        self._windows = windows

    async def json(self, summary: RunSummary) -> AsyncGenerator[bytes]:
        """`{"run": …, "steps": […], "truncated": …}`, the steps as `/v1/runs/{run}/steps` shows them."""
        yield b'{"run":' + summary.model_dump_json().encode() + b',"steps":['
        count = 0
        async for steps in self._pages(summary.id):
            lead = b"," if count else b""
            count += len(steps)
            yield lead + b",".join(step.model_dump_json().encode() for step in steps)
        yield b'],"truncated":' + _encode(count >= EXPORTED_MAX) + b"}\n"

    async def csv(self, summary: RunSummary) -> AsyncGenerator[bytes]:
        """One line a step, the names of the columns first."""
        yield _csv([COLUMNS])
        async for steps in self._pages(summary.id):
            yield _csv([csv_row(step) for step in steps])

    async def otlp(self, summary: RunSummary) -> AsyncGenerator[bytes]:
        """One `ExportTraceServiceRequest` in OTLP's JSON: ids in hex, 64-bit numbers as strings.

        A step that was decided and whose span never arrived becomes a span of its own.
        """
        yield b'{"resourceSpans":['
        lead = b""
        async for steps in self._pages(summary.id):
            spans = {span.span_id: span for span in await self._windows.spans(steps)}
            for group in otlp_groups([spans.get(step.id) or span_of(step) for step in steps]):
                yield lead + _encode(group)
                lead = b","
        yield b"]}\n"

    async def _pages(self, run: str) -> AsyncGenerator[Sequence[Step]]:
        cursor: str | None = None
        for _ in range(EXPORTED_MAX // LIMIT_MAX):
            page = await self._steps.page(run, PageAsk(cursor, LIMIT_MAX))
            if page.items:
                yield page.items
            cursor = page.next
            if cursor is None:
                return


def csv_row(step: Step) -> list[str]:
    """A step as the cells of a line; a cell that a spreadsheet would compute is quoted as text."""
    reason = step.reasons[0] if step.reasons else None
    known: dict[str, Any] = {
        **dict(step),
        "rule": reason and reason.rule,
        "message": reason and reason.message,
    }
    return [_cell(known[name]) for name in COLUMNS]


def otlp_groups(spans: Sequence[Span]) -> list[dict[str, Any]]:
    """Spans as `ResourceSpans`, those of one resource and scope together."""
    groups: defaultdict[tuple[tuple[tuple[str, str], ...], str], list[dict[str, Any]]] = defaultdict(list)
    for span in spans:
        groups[tuple(sorted(span.resource.items())), span.scope].append(_otlp(span))
    return [
        {
            "resource": {"attributes": _pairs(dict(resource))},
            "scopeSpans": [{"scope": {"name": scope}, "spans": some}],
        }
        for (resource, scope), some in groups.items()
    ]


def span_of(step: Step) -> Span:
    """A span that says what is known of a step whose own span never arrived."""
    start = _ns(step.started_at.timestamp())
    said = {
        "holdfast.kind": step.kind,
        "holdfast.run": step.run,
        "holdfast.session": step.session,
        "holdfast.agent": step.agent,
        "holdfast.verdict": step.verdict or "",
        "holdfast.state": step.state,
    }
    return Span(
        trace_id=step.trace,
        span_id=step.id,
        parent_id=step.parent,
        start_ns=start,
        end_ns=_ns(step.ended_at.timestamp()) if step.ended_at else start,
        name=step.name,
        step_kind=step.kind,
        status="error" if step.state == "failed" else "unset",
        status_message=step.error,
        attributes={name: value for name, value in said.items() if value},
    )


def _otlp(span: Span) -> dict[str, Any]:
    names = _CONTENT.get(span.step_kind, ("input.value", "output.value"))
    content = {name: text for name, text in zip(names, (span.input, span.output), strict=True) if text}
    return {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "parentSpanId": span.parent_id,
        "name": span.name,
        "kind": _INTERNAL,
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(span.end_ns),
        "attributes": [
            *_pairs(span.attributes),
            *({"key": k, "value": {"stringValue": v}} for k, v in content.items()),
        ],
        "events": _events(span.events),
        "links": [_link(place, said) for place, said in said_of(span)],
        "status": {"code": _STATUS.get(span.status, 0), "message": span.status_message},
    }


def _events(text: str) -> list[dict[str, Any]]:
    return [
        {
            "name": str(one.get("name") or one.get("kept_apart", "")),
            "timeUnixNano": str(one.get("at_ns") or 0),
            "attributes": _pairs(cast("dict[str, Any]", one.get("attributes") or {})),
        }
        for one in read_objects(text)
    ]


def _link(place: str, said: Mapping[str, Any]) -> dict[str, Any]:
    trace, span = place.split("-")
    return {"traceId": trace, "spanId": span, "attributes": _pairs(said)}


def _pairs(attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _any(_read(value))} for key, value in attributes.items()]


def _read(value: Any) -> Any:
    """An attribute as it was before it was kept as text: JSON where it is JSON, else the text."""
    return read_json(value) if isinstance(value, str) else value


def _any(value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        return {"arrayValue": {"values": [_any(one) for one in cast("list[Any]", value)]}}
    if isinstance(value, dict):
        held = cast("dict[str, Any]", value)
        return {"kvlistValue": {"values": [{"key": key, "value": _any(one)} for key, one in held.items()]}}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value or ""}


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def _ns(seconds: float) -> int:
    return int(seconds * NS_PER_S)
