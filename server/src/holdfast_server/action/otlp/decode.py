"""OTLP requests, protobuf or JSON, become one validated protobuf value; what is bad is set aside by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from holdfast_server.action.otlp.frames import Kept, Kind, digest_of
from holdfast_server.action.otlp.json_ids import with_base64_ids, with_numbers_that_fit
from holdfast_server.action.otlp.plain import ATTRIBUTES_MAX
from holdfast_server.errors import Invalid

PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"

NS_MAX: Final = 7_258_118_400 * 1_000_000_000
"""The year 2200: beyond it a time is a mistake, and the span store ends at 2262."""
AHEAD_NS_MAX: Final = 86_400 * 1_000_000_000
"""How far ahead of ours another clock may be; a span of next year would head every list until then."""
TOO_DEEP: Final = "nesting ends at 100 levels"
_NO_TRACE: Final = bytes(16)
_NO_SPAN: Final = bytes(8)


class Bad(msgspec.Struct, frozen=True):
    """A span or a log record that cannot be stored."""

    name: str
    """Its place and name, for the sender to find it."""
    reason: str


class Arrived(msgspec.Struct, frozen=True):
    """A request that can be stored, and what of it cannot."""

    kept: Kept
    request: Any
    """The same, read."""
    rejected: tuple[Bad, ...]


class Signal(msgspec.Struct, frozen=True):
    """How one kind of request is built, and what is wrong with one item of it."""

    kind: Kind
    word: str
    request: type[Any]
    item: type[Any]
    outer: str
    """The fields from the request down to an item, as JSON and as protobuf call them."""
    middle: str
    inner: str
    fault: Callable[[Any, int], str]

    def scopes(self, request: Any) -> Iterable[Any]:
        """Every list of items, each by its holder."""
        for resource in getattr(request, _snake(self.outer)):
            yield from getattr(resource, _snake(self.middle))

    def items(self, scope: Any) -> Any:
        """The list itself."""
        return getattr(scope, _snake(self.inner))


def decode(
    body: bytes, media: str, kind: Kind = "traces", *, now_ns: int = NS_MAX, digest: bytes = b""
) -> Arrived:
    """Read a request.

    Args:
        body: the request, inflated.
        media: `PROTOBUF` or `JSON`.
        kind: what it should hold.
        now_ns: the present, by which times in the future are judged.
        digest: of the request as it travelled, by which a retry is known; of the body when it is not given.

    Raises:
        Invalid: it is malformed or cut short; nothing of it may be stored.
    """
    signal = SIGNALS[kind]
    request, unread = _from_json(body, signal) if media == JSON else (_from_protobuf(body, signal), [])
    count, rejected = _set_bad_aside(request, signal, min(now_ns + AHEAD_NS_MAX, NS_MAX))
    exact = media == PROTOBUF and not rejected
    kept = Kept(kind, count, digest or digest_of(body), body if exact else request.SerializeToString())
    return Arrived(kept, request, (*unread, *rejected))


def read_traces(body: bytes) -> ExportTraceServiceRequest:
    """Read back spans that were kept."""
    return _from_protobuf(body, SIGNALS["traces"])


def read_logs(body: bytes) -> ExportLogsServiceRequest:
    """Read back log records that were kept."""
    return _from_protobuf(body, SIGNALS["logs"])


def _from_protobuf(body: bytes, signal: Signal) -> Any:
    try:
        return signal.request.FromString(body)
    except DecodeError as error:
        raise Invalid(f"the body is not an OTLP {signal.word} request: {error}", hint=TOO_DEEP) from error


def _set_bad_aside(request: Any, signal: Signal, until_ns: int) -> tuple[int, list[Bad]]:
    """How many items are good, and the others, which are taken out."""
    rejected: list[Bad] = []
    place = good = 0
    fault = signal.fault
    for scope in signal.scopes(request):
        bad: list[int] = []
        items = signal.items(scope)
        for index, item in enumerate(items):
            if reason := fault(item, until_ns):
                bad.append(index)
                rejected.append(Bad(f"{_WORDS[signal.kind]} {place} ({_name(item)})", reason))
            place += 1
        good += len(items) - len(bad)
        for index in reversed(bad):
            del items[index]
    return good, rejected


def _fault_of_span(span: Span, until_ns: int) -> str:
    """Why a span cannot be stored, or nothing."""
    trace, own = span.trace_id, span.span_id
    if len(trace) != 16 or trace == _NO_TRACE:
        return "the trace id is not 16 bytes, or zero"
    if len(own) != 8 or own == _NO_SPAN:
        return "the span id is not 8 bytes, or zero"
    if len(span.parent_span_id) not in (0, 8):
        return "the parent span id is not 8 bytes"
    return _fault_of_times(span, until_ns)


def _fault_of_times(span: Span, until_ns: int) -> str:
    start, end = span.start_time_unix_nano, span.end_time_unix_nano
    if not 0 < start <= until_ns:
        return "the start time is zero, or over a day in the future: see the sender's clock"
    if not start <= end <= until_ns:
        return "the end time is before the start, or over a day in the future: see the sender's clock"
    if len(span.attributes) > ATTRIBUTES_MAX:
        return f"it has over {ATTRIBUTES_MAX} attributes"
    return ""


def _fault_of_log(record: LogRecord, until_ns: int) -> str:
    """Why a log record cannot be stored, or nothing; ids may be missing, as of a line outside any span."""
    if len(record.trace_id) not in (0, 16) or len(record.span_id) not in (0, 8):
        return "the trace id is not 16 bytes, or the span id not 8"
    if max(record.time_unix_nano, record.observed_time_unix_nano) > until_ns:
        return "its time is over a day in the future: see the sender's clock"
    if len(record.attributes) > ATTRIBUTES_MAX:
        return f"it has over {ATTRIBUTES_MAX} attributes"
    return ""


def _name(item: Any) -> str:
    return str(getattr(item, "name", "") or getattr(item, "event_name", ""))[:80]


def _from_json(body: bytes, signal: Signal) -> tuple[Any, list[Bad]]:
    request, rejected = signal.request(), list[Bad]()
    try:
        for resource in _list(json.loads(body), signal.outer):
            made = getattr(request, _snake(signal.outer)).add()
            _parse_rest(resource, made, signal.middle)
            for scope in _list(resource, signal.middle):
                rejected += _read_scope(scope, made, signal, len(rejected))
    except (ValueError, ParseError, RecursionError, AttributeError, TypeError) as error:
        raise Invalid(f"the body is not an OTLP {signal.word} request: {error}", hint=TOO_DEEP) from error
    return request, rejected


def _read_scope(scope: Mapping[str, Any], resource: Any, signal: Signal, before: int) -> list[Bad]:
    rejected: list[Bad] = []
    made = getattr(resource, _snake(signal.middle)).add()
    _parse_rest(scope, made, signal.inner)
    for place, item in enumerate(_list(scope, signal.inner), before):
        try:
            signal.items(made).append(_read_item(with_base64_ids(item), signal))
        except (ValueError, ParseError, TypeError, RecursionError) as error:
            name = f"{_WORDS[signal.kind]} {place} ({str(item.get('name', ''))[:80]})"
            rejected.append(Bad(name, f"unreadable: {error}"))
    return rejected


def _read_item(item: dict[str, Any], signal: Signal) -> Any:
    try:
        return ParseDict(item, signal.item(), ignore_unknown_fields=True)
    except ParseError:
        # Once more for a number that is too large; looking for one in every item would cost the others.
        return ParseDict(with_numbers_that_fit(item), signal.item(), ignore_unknown_fields=True)


def _parse_rest(said: Mapping[str, Any], made: Message, but: str) -> None:
    ParseDict({k: v for k, v in said.items() if k != but}, made, ignore_unknown_fields=True)


def _list(holder: Any, key: str) -> list[dict[str, Any]]:
    if not isinstance(holder, dict):
        raise ValueError("an object is missing where one must stand")  # noqa: TRY004  # bad input, not a bug
    value: Any = holder.get(key, [])  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]  # any JSON
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):  # pyright: ignore[reportUnknownVariableType]  # any JSON
        raise ValueError(f"{key} is not a list of objects")
    return value  # pyright: ignore[reportUnknownVariableType]  # checked above


def _snake(name: str) -> str:
    return _SNAKE[name]


_WORDS: Final = {"traces": "span", "logs": "log record"}
_SNAKE: Final = {
    "resourceSpans": "resource_spans",
    "scopeSpans": "scope_spans",
    "spans": "spans",
    "resourceLogs": "resource_logs",
    "scopeLogs": "scope_logs",
    "logRecords": "log_records",
}
SIGNALS: Final[Mapping[Kind, Signal]] = {
    "traces": Signal(
        "traces",
        "trace",
        ExportTraceServiceRequest,
        Span,
        "resourceSpans",
        "scopeSpans",
        "spans",
        _fault_of_span,
    ),
    "logs": Signal(
        "logs",
        "log",
        ExportLogsServiceRequest,
        LogRecord,
        "resourceLogs",
        "scopeLogs",
        "logRecords",
        _fault_of_log,
    ),
}
"""What can arrive."""
