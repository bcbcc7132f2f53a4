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
_STATUS: Final = {0: "unset", 1: "ok", 2: "error"}

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
    kind = _kind(said, parent=bool(span.parent_span_id))
    usage = {name: _count(said, keys) for name, keys in names.USAGE.items()}
    model = _text(said, names.MODEL)
    provider, _, bare = model.partition("/") if "/" in model else ("", "", model)
    agent = _text(said, names.AGENT) or _text(resource, names.AGENT)
    given, made = _contents(said)
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
        run=_text(said, names.RUN),
        session=_text(said, names.SESSION),
        agent=agent,
        agent_version=_text(said, names.AGENT_VERSION),
        person=_text(said, names.PERSON),
        service=_text(resource, names.SERVICE),
        target=_target(kind, said, model, agent) or span.name,
        provider=_text(said, names.PROVIDER) or provider,
        model=bare if kind == "model" else model,
        tokens_in=usage["input_tokens"],
        tokens_out=usage["output_tokens"],
        usage={name: count for name, count in usage.items() if count},
        cost_micro_usd=_micro_usd(said),
        input=given,
        output=made,
        attributes={key: _written(value) for key, value in said.items() if key not in _CONTENT},
        resource={key: _written(value) for key, value in resource.items()},
        scope=scope,
        events=_events(span),
    )


def read_attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    """Attributes as plain values."""
    return {pair.key: _plain(pair.value, 0) for pair in pairs}


def _kind(said: Values, *, parent: bool) -> str:
    """What a span is: by its own word, by the semantic conventions, by OpenInference."""
    own = _text(said, names.STEP_KIND)
    if own:
        return own if own in _KINDS else "span"
    operation = names.KIND_OF_OPERATION.get(_text(said, names.OPERATION), "")
    kind = operation or names.KIND_OF_OPENINFERENCE.get(_text(said, names.OPENINFERENCE_KIND).lower(), "")
    if not kind and _text(said, names.TOOL) and not _text(said, names.MODEL):
        kind = "tool"
    if not kind and _text(said, names.MODEL) and any(_count(said, keys) for keys in names.USAGE.values()):
        kind = "model"
    return "start" if kind == "delegate" and not parent else kind or "span"


_KINDS: Final = frozenset({"start", "model", "tool", "delegate", "message", "output", "memory", "span"})
_CONTENT: Final = frozenset({*names.INPUT, *names.OUTPUT})


def _target(kind: str, said: Values, model: str, agent: str) -> str:
    match kind:
        case "tool":
            return _text(said, names.TOOL)
        case "model":
            return model
        case "delegate" | "start":
            return agent
        case _:
            return ""


def _contents(said: Values) -> tuple[str, str]:
    """What went in and what came out, whichever way the dialect writes it."""
    given, made = (_first(said, keys) for keys in (names.INPUT, names.OUTPUT))
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


def _first(said: Values, keys: tuple[str, ...]) -> Any:
    return next((said[key] for key in keys if said.get(key) not in (None, "")), None)


def _text(said: Values, keys: tuple[str, ...]) -> str:
    value = _first(said, keys)
    return "" if value is None else str(value)[:1024]


def _count(said: Values, keys: tuple[str, ...]) -> int:
    value = _first(said, keys)
    try:
        return max(0, min(int(value or 0), COUNT_MAX))
    except (TypeError, ValueError, OverflowError):
        return 0


def _micro_usd(said: Values) -> int | None:
    value = _first(said, names.COST_USD)
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
