"""Spans in five dialects become one; what is not understood is kept as it came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2

from holdfast_server.action.otlp import attributes as names
from holdfast_server.action.otlp.messages import gather_messages
from holdfast_server.kit.wire import MICRO
from holdfast_server.record.spans.span import Span

TEXT_MAX: Final = 256 * 1024
"""Longest input or output that is kept; what is longer is cut and says so."""
VALUE_MAX: Final = 16 * 1024
EVENTS_MAX: Final = 128
COUNT_MAX: Final = 2**53
DEPTH_MAX: Final = 16
TEXT_FIELD_MAX: Final = 1024
RANK_MAX: Final = 1000
_STATUS: Final = {0: "unset", 1: "ok", 2: "error"}
_KINDS: Final = frozenset({"start", "model", "tool", "delegate", "message", "output", "memory", "span"})
_TARGETS: Final = {"tool": "tool", "model": "model", "delegate": "agent", "start": "agent"}
"""Which field names what a step of this kind acts on."""
_RESOURCE_FIELDS: Final = frozenset({"agent", "service"})

Values = Mapping[str, Any]


def normalise(request: ExportTraceServiceRequest) -> Iterator[Span]:
    """Every span of a request, in one language."""
    for resource in request.resource_spans:
        about = read_attributes(resource.resource.attributes)
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield _normalise(span, about, scope.scope.name)


def _normalise(span: trace_pb2.Span, resource: Values, scope: str) -> Span:
    said = read_attributes(span.attributes)
    known = {**_understand(resource, _RESOURCE_FIELDS), **_understand(said)}
    kind = _kind(known, parent=bool(span.parent_span_id))
    usage = {name: count for name in names.TOKENS if (count := _count(known.get(name)))}
    provider, _, model = _text(known, "model").rpartition("/")
    given, made = _contents(said, known)
    return Span(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        name=span.name or "unnamed",
        step_kind=kind,
        status=_STATUS.get(span.status.code, "unset"),
        status_message=span.status.message[:VALUE_MAX],
        run=_text(known, "run"),
        session=_text(known, "session"),
        agent=_text(known, "agent"),
        agent_version=_text(known, "agent_version"),
        person=_text(known, "person"),
        service=_text(known, "service"),
        target=_text(known, _TARGETS.get(kind, "")) or span.name,
        provider=_text(known, "provider") or provider,
        model=model,
        tokens_in=usage.get("input_tokens", 0),
        tokens_out=usage.get("output_tokens", 0),
        usage=usage,
        cost_micro_usd=_micro_usd(known.get("cost_usd")),
        input=given,
        output=made,
        attributes={key: _written(value) for key, value in said.items() if key not in names.CONTENT},
        resource={key: _written(value) for key, value in resource.items()},
        scope=scope,
        events=_events(span),
    )


def _understand(said: Values, wanted: frozenset[str] | None = None) -> dict[str, Any]:
    """The fields that these attributes fill, each by the name that is believed first."""
    known: dict[str, Any] = {}
    ranks: dict[str, int] = {}
    for name, value in said.items():
        place = names.PLACES.get(name)
        if place is None or value is None or value == "":
            continue
        field, rank = place
        if rank < ranks.get(field, RANK_MAX) and (wanted is None or field in wanted):
            known[field], ranks[field] = value, rank
    return known


def read_attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    """Attributes as plain values."""
    return {pair.key: _plain(pair.value, 0) for pair in pairs}


def _kind(known: Values, *, parent: bool) -> str:
    """What a span is: by its own word, by the semantic conventions, by OpenInference, by what it carries."""
    if own := _text(known, "kind"):
        return own if own in _KINDS else "span"
    kind = names.KIND_OF_OPERATION.get(_text(known, "operation"), "")
    kind = kind or names.KIND_OF_OPENINFERENCE.get(_text(known, "openinference_kind").lower(), "")
    if not kind and "tool" in known and "model" not in known:
        kind = "tool"
    if not kind and "model" in known and any(_count(known.get(name)) for name in names.TOKENS):
        kind = "model"
    return "start" if kind == "delegate" and not parent else kind or "span"


def _contents(said: Values, known: Values) -> tuple[str, str]:
    """What went in and what came out, whichever way the dialect writes it."""
    given, made = known.get("input"), known.get("output")
    if given is None and made is None:
        for into, out in names.MESSAGE_PREFIXES:
            given, made = gather_messages(said, into), gather_messages(said, out)
            if given or made:
                break
    return _cut(_written(given)), _cut(_written(made))


def _events(span: trace_pb2.Span) -> str:
    shown = [
        {"name": event.name, "at_ns": event.time_unix_nano, "attributes": read_attributes(event.attributes)}
        for event in span.events[:EVENTS_MAX]
    ]
    return msgspec.json.encode(shown).decode() if shown else "[]"


def _text(known: Values, field: str) -> str:
    value = known.get(field)
    return "" if value is None else str(value)[:TEXT_FIELD_MAX]


def _count(value: Any) -> int:
    try:
        return max(0, min(int(value or 0), COUNT_MAX))
    except (TypeError, ValueError, OverflowError):
        return 0


def _micro_usd(value: Any) -> int | None:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < MICRO
    return round(value * MICRO) if usable else None


def _written(value: Any) -> str:
    """A value as text: strings as they are, everything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_MAX else f"{text[:TEXT_MAX]}… ({len(text)} characters)"


def _plain(value: AnyValue, depth: int) -> Any:
    """A protobuf value as plain data; deeper than the limit it becomes a mark."""
    kind = value.WhichOneof("value")
    if kind in _SCALARS:
        return getattr(value, kind)
    if kind is None or depth >= DEPTH_MAX:
        return None if kind is None else "…"
    if kind == "array_value":
        return [_plain(one, depth + 1) for one in value.array_value.values]
    if kind == "kvlist_value":
        return {pair.key: _plain(pair.value, depth + 1) for pair in value.kvlist_value.values}
    return value.bytes_value.hex()


_SCALARS: Final = frozenset({"string_value", "int_value", "double_value", "bool_value"})
