"""Steps that are told by log records alone: coding agents send no spans around their calls.

A record that stands in a span belongs to that span, and joins it. One that stands in none, and tells of a
model call, a tool call or a prompt, becomes a step of its session: the session is its trace.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from holdfast_server.action.otlp.dialects.lookup import operation_by_name
from holdfast_server.action.otlp.joining import event_name
from holdfast_server.action.otlp.normalise import Sender, interpret, read_attributes
from holdfast_server.record.spans.span import Span

NS_PER_MS: Final = 1_000_000
DURATION_MS_MAX: Final = 7 * 86_400_000
SESSIONS: Final = ("session.id", "conversation.id", "gen_ai.conversation.id")
DURATIONS: Final = ("duration_ms", "duration")


def steps_of_logs(request: ExportLogsServiceRequest) -> Iterator[Span]:
    """The steps that a request's log records tell of by themselves."""
    for resource in request.resource_logs:
        sender: Sender | None = None
        for scope in resource.scope_logs:
            for record in scope.log_records:
                name = _name(record)
                if record.span_id or not operation_by_name(name):
                    continue
                sender = sender or Sender(read_attributes(resource.resource.attributes))
                if (step := _step(record, name, sender, scope.scope.name)) is not None:
                    yield step


def _name(record: LogRecord) -> str:
    """The name of the event with that of its sender; some write the latter into the body only."""
    name = event_name(record)
    body = record.body.string_value
    return body if "." not in name and body.endswith(f".{name}") else name


def _step(record: LogRecord, name: str, sender: Sender, scope: str) -> Span | None:
    said = read_attributes(record.attributes)
    session = next((str(said[key]) for key in SESSIONS if said.get(key)), "")
    trace = record.trace_id.hex() or (_digest(session, size=16) if session else "")
    end = record.time_unix_nano or record.observed_time_unix_nano
    if not trace or not end:
        return None
    step = interpret(
        said,
        [],
        sender,
        trace_id=trace,
        span_id=_digest(trace, str(end), name, repr(sorted(said.items(), key=str)), size=8),
        parent_id="",
        start_ns=max(1, end - _duration_ns(said)),
        end_ns=end,
        name=name,
        status="error" if _failed(said, name) else "ok",
        status_message=str(said.get("error") or "")[:1024],
        scope=scope,
    )
    # A stream tells of itself piece by piece: only what counts tokens, or failed, is the call.
    return None if step.step_kind == "model" and not step.usage and step.status != "error" else step


def _duration_ns(said: dict[str, Any]) -> int:
    for name in DURATIONS:
        try:
            return int(min(max(float(said[name]), 0), DURATION_MS_MAX) * NS_PER_MS)
        except (KeyError, TypeError, ValueError):
            continue
    return 0


def _failed(said: dict[str, Any], name: str) -> bool:
    return name.endswith("_error") or str(said.get("success", "true")).lower() == "false"


def _digest(*parts: str, size: int) -> str:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=size).hexdigest()
