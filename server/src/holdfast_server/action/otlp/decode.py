"""OTLP requests, protobuf or JSON, become one validated protobuf value; bad spans are set aside by name."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, Final

import msgspec
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from holdfast_server.errors import Invalid

PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"

ATTRIBUTES_MAX: Final = 1024
NS_MAX: Final = 7_258_118_400 * 1_000_000_000
"""The year 2200: beyond it a time is a mistake, and the span store ends at 2262."""


class Bad(msgspec.Struct, frozen=True):
    """A span that cannot be stored."""

    name: str
    """Its place and name, for the sender to find it."""
    reason: str


class Arrived(msgspec.Struct, frozen=True):
    """A request that can be stored, and what of it cannot."""

    body: bytes
    """The storable part, protobuf."""
    request: ExportTraceServiceRequest
    spans: int
    rejected: tuple[Bad, ...]


def decode(body: bytes, kind: str) -> Arrived:
    """Read a request.

    Raises:
        Invalid: it is malformed or cut short; nothing of it may be stored.
    """
    request, unread = _from_json(body) if kind == JSON else (_from_protobuf(body), [])
    rejected = [*unread, *_set_bad_aside(request)]
    spans = sum(len(scope.spans) for resource in request.resource_spans for scope in resource.scope_spans)
    exact = kind == PROTOBUF and not rejected
    return Arrived(body if exact else request.SerializeToString(), request, spans, tuple(rejected))


def decode_journal(body: bytes) -> ExportTraceServiceRequest:
    """Read back what `Arrived.body` kept."""
    return _from_protobuf(body)


def _from_protobuf(body: bytes) -> ExportTraceServiceRequest:
    try:
        return ExportTraceServiceRequest.FromString(body)
    except DecodeError as error:
        raise Invalid(f"the body is not an OTLP trace request: {error}") from error


def _set_bad_aside(request: ExportTraceServiceRequest) -> list[Bad]:
    rejected: list[Bad] = []
    place = 0
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            bad: list[int] = []
            for index, span in enumerate(scope.spans):
                if reason := _fault(span):
                    bad.append(index)
                    rejected.append(Bad(f"span {place} ({span.name[:80]})", reason))
                place += 1
            for index in reversed(bad):
                del scope.spans[index]
    return rejected


def _fault(span: Span) -> str:
    """Why a span cannot be stored, or nothing."""
    return _fault_of_ids(span) or _fault_of_times(span)


def _fault_of_ids(span: Span) -> str:
    if len(span.trace_id) != 16 or not any(span.trace_id):
        return "the trace id is not 16 bytes, or zero"
    if len(span.span_id) != 8 or not any(span.span_id):
        return "the span id is not 8 bytes, or zero"
    if len(span.parent_span_id) not in (0, 8):
        return "the parent span id is not 8 bytes"
    return ""


def _fault_of_times(span: Span) -> str:
    if not 0 < span.start_time_unix_nano < NS_MAX:
        return "the start time is zero or beyond the year 2200"
    if not span.start_time_unix_nano <= span.end_time_unix_nano < NS_MAX:
        return "the end time is before the start, or beyond the year 2200"
    if len(span.attributes) > ATTRIBUTES_MAX:
        return f"it has over {ATTRIBUTES_MAX} attributes"
    return ""


def _from_json(body: bytes) -> tuple[ExportTraceServiceRequest, list[Bad]]:
    request, rejected = ExportTraceServiceRequest(), list[Bad]()
    try:
        for resource in _list(json.loads(body), "resourceSpans"):
            made = request.resource_spans.add()
            ParseDict(
                {k: v for k, v in resource.items() if k != "scopeSpans"}, made, ignore_unknown_fields=True
            )
            for scope in _list(resource, "scopeSpans"):
                rejected += _read_scope(scope, made, len(rejected))
    except (ValueError, ParseError, RecursionError, AttributeError) as error:
        raise Invalid(f"the body is not an OTLP trace request: {error}") from error
    return request, rejected


def _read_scope(scope: dict[str, Any], resource: ResourceSpans, before: int) -> list[Bad]:
    rejected: list[Bad] = []
    made: ScopeSpans = resource.scope_spans.add()
    ParseDict({k: v for k, v in scope.items() if k != "spans"}, made, ignore_unknown_fields=True)
    for place, span in enumerate(_list(scope, "spans"), before):
        try:
            made.spans.append(ParseDict(_binary_ids(span), Span(), ignore_unknown_fields=True))
        except (ValueError, ParseError, TypeError, RecursionError) as error:
            name = str(span.get("name", ""))[:80]
            rejected.append(Bad(f"span {place} ({name})", f"unreadable: {error}"))
    return rejected


def _list(holder: Any, key: str) -> list[dict[str, Any]]:
    if not isinstance(holder, dict):
        raise ValueError("an object is missing where one must stand")  # noqa: TRY004  # bad input, not a bug
    value: Any = holder.get(key, [])  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]  # any JSON
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):  # pyright: ignore[reportUnknownVariableType]  # any JSON
        raise ValueError(f"{key} is not a list of objects")
    return value  # pyright: ignore[reportUnknownVariableType]  # checked above


def _binary_ids(span: dict[str, Any]) -> dict[str, Any]:
    """OTLP/JSON writes ids in hex where the protobuf mapping wants base64."""
    made = {key: _to_base64(value) if key in _IDS else value for key, value in span.items()}
    if isinstance(links := made.get("links"), list):
        made["links"] = [_binary_ids(link) for link in links if isinstance(link, dict)]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # any JSON
    return made


_IDS: Final = frozenset({"traceId", "spanId", "parentSpanId"})
_HEX_LENGTHS: Final = frozenset({16, 32})


def _to_base64(text: Any) -> Any:
    if not isinstance(text, str) or len(text) not in _HEX_LENGTHS:
        return text  # the protobuf JSON mapping, base64 already: some senders use it
    try:
        return base64.b64encode(binascii.unhexlify(text)).decode()
    except binascii.Error:
        return text
