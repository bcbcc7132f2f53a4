"""Spans in any dialect become one; what is not understood is kept as it came.

The tables of `dialects/` say what each attribute means; here they are only applied, in one pass a span.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2

from holdfast_server.action.otlp.contents import Event, read_contents, write
from holdfast_server.action.otlp.dialects.lookup import name_dialects, operation_by_name
from holdfast_server.action.otlp.dialects.operations import STEPS
from holdfast_server.action.otlp.dialects.providers import PROVIDERS, name_provider
from holdfast_server.action.otlp.understanding import Understood, Values, understand, understand_resource
from holdfast_server.action.otlp.usage import read_counters
from holdfast_server.kit.wire import MICRO
from holdfast_server.record.spans.chat import list_in, object_in, read_calls
from holdfast_server.record.spans.span import Span

EVENTS_MAX: Final = 128
LINKS_MAX: Final = 128
DEPTH_MAX: Final = 16
TEXT_FIELD_MAX: Final = 1024
TAGS_MAX: Final = 64
UNREADABLE: Final = "holdfast.unreadable"
"""An attribute of a span that was kept without being understood: why."""
STATUS: Final = {0: "unset", 1: "ok", 2: "error"}
_KINDS: Final = frozenset({"start", "model", "tool", "delegate", "message", "output", "memory", "span"})
_TARGETS: Final = {"tool": "tool", "model": "model", "delegate": "agent", "start": "agent"}
"""Which field names what a step of this kind acts on."""
TEXTS: Final = frozenset(
    {
        *("run", "session", "agent", "agent_version", "person", "service", "environment", "team"),
        *("workflow", "customer", "release", "response_id"),
    }
)
"""Fields that are a short text, and are taken as they are."""
_LABELS: Final = {"execute_tool": "tool", "invoke_agent": "agent"}
"""What a mere name is the name of."""
_UNTOLD: Final = frozenset({"", "task"})
_CALLS: Final = frozenset({"langfuse.observation.model.name"})
"""Attributes that only a call of a model has."""
_LOOSE: Final = frozenset({"", "task", "mcp"})
"""Operations that a tool's name makes a tool call of."""


def normalise(request: ExportTraceServiceRequest) -> Iterator[Span]:
    """Every span of a request, in one language."""
    for resource in request.resource_spans:
        sender = Sender(read_attributes(resource.resource.attributes))
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield _read(span, sender, scope.scope.name)


class Sender:
    """What a resource says for all of its spans; read once."""

    def __init__(self, said: Values) -> None:
        known = understand_resource(said)
        self.texts = {field: text_of(known, field) for field in known if field in TEXTS}
        self.tags = read_tags(known.get("tags"))
        self.written = {key: write(value) for key, value in said.items()}


def _read(span: trace_pb2.Span, sender: Sender, scope: str) -> Span:
    events = [
        (event.name, event.time_unix_nano, read_attributes(event.attributes))
        for event in span.events[:EVENTS_MAX]
    ]
    links, linked = _read_links(span.links) if span.links else ((), "")
    return interpret(
        read_attributes(span.attributes),
        events,
        sender,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        name=span.name or "unnamed",
        status=STATUS.get(span.status.code, "unset"),
        status_message=span.status.message,
        scope=scope,
        links=links,
        linked=linked,
    )


def interpret(
    said: dict[str, Any], events: list[Event], sender: Sender, *, name: str, parent_id: str, **told: Any
) -> Span:
    """A span of what its attributes and events say; `told` are the fields that OTLP itself has."""
    read = understand(said)
    known = read.known
    operation = _operation(known, name)
    provider, model = _provider_and_model(text_of(known, "provider"), text_of(known, "model"))
    usage, note = read_counters(read, provider)
    if model and operation in _UNTOLD and _calls_a_model(read, operation, used=bool(usage)):
        operation = "chat"
    if "label" in known and (field := _LABELS.get(operation)):
        known.setdefault(field, known["label"])
    kind = _kind(known, operation, parent=bool(parent_id))
    contents = read_contents(kind, read, said, events)
    consumed = contents.consumed
    fields: dict[str, Any] = {**sender.texts, **told}
    for field, value in known.items():
        if field in TEXTS:
            fields[field] = value[:TEXT_FIELD_MAX] if type(value) is str else text_of(known, field)
    fields["tags"] = read_tags(known["tags"]) if "tags" in known else sender.tags
    return Span(
        **fields,
        parent_id=parent_id,
        name=name,
        step_kind=kind,
        target=_target(kind, known, name),
        provider=provider,
        model=model,
        tokens_in=usage.get("input_tokens", 0),
        tokens_out=usage.get("output_tokens", 0),
        usage=usage,
        cost_micro_usd=micro_usd(known["cost_usd"]) if "cost_usd" in known else None,
        input=contents.given,
        output=contents.made,
        attributes={
            key: value if type(value) is str else write(value)
            for key, value in said.items()
            if key not in consumed
        },
        resource=sender.written,
        events=_write_events(events) if events else "[]",
        operation=operation or known.get("word", ""),
        dialect=name_dialects(read.dialects),
        call_id=text_of(known, "call_id") if kind == "tool" else "",
        calls=_calls(known, contents.made) if kind == "model" else {},
        reported_micro_usd=_reported(known),
        usage_note=note,
        not_understood=read.strange,
    )


def unreadable(
    error: Exception, *, trace_id: str, span_id: str, parent_id: str, start_ns: int, end_ns: int, name: str
) -> Span:
    """A span that nobody could understand: its times and its place still tell something."""
    why = {UNREADABLE: f"{type(error).__name__}: {error}"[:200]}
    return Span(*(trace_id, span_id, parent_id, start_ns, end_ns, name), step_kind="span", attributes=why)


def _calls_a_model(read: Understood, operation: str, *, used: bool) -> bool:
    """Whether a span with a model asked it, though nothing says what it did."""
    if read.sources.get("model") in _CALLS:
        return True
    return not operation and (used or "response_id" in read.known)


def read_attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    """Attributes as plain values."""
    said: dict[str, Any] = {}
    for pair in pairs:
        value = pair.value
        # Most are texts: asking for one is quicker than asking what it is.
        if text := value.string_value:
            said[pair.key] = text
            continue
        kind = value.WhichOneof("value")
        said[pair.key] = getattr(value, kind) if kind in _SCALARS else _plain(value, 0)
    return said


def text_of(known: Values, field: str) -> str:
    """A field as a short text; empty when nobody fills it."""
    value = known.get(field)
    if value is None:
        return ""
    return (value if isinstance(value, str) else write(value))[:TEXT_FIELD_MAX]


def micro_usd(value: Any) -> int | None:
    """Dollars as micro-USD; None for what cannot be an amount."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    usable = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < MICRO
    return round(value * MICRO) if usable else None


def _operation(known: Values, name: str) -> str:
    """What was done, in one word; empty when nothing says so."""
    operation = operation_by_name(name) or known.get("operation", "")
    tool = operation in _LOOSE and "tool" in known and "model" not in known
    return "execute_tool" if tool else operation


def _kind(known: Values, operation: str, *, parent: bool) -> str:
    """Which kind of step it is: by its own word, or by what was done."""
    if own := known.get("kind"):
        return own if own in _KINDS else "span"
    return "start" if operation == "invoke_agent" and not parent else STEPS.get(operation, "span")


def _provider_and_model(provider: str, model: str) -> tuple[str, str]:
    """Who was asked for which model; `provider/model` tells both where nothing else tells the first."""
    named = name_provider(provider) if provider else ""
    if "/" in model and not named:
        head, _, rest = model.partition("/")
        if (maker := name_provider(head)) in PROVIDERS:
            return maker, rest
    return named, model


def _target(kind: str, known: Values, name: str) -> str:
    field = _TARGETS.get(kind)
    found = text_of(known, field) if field else ""
    if not found and kind == "tool":
        return name.rpartition("tools/call ")[2]
    return found or name


def _calls(known: Values, made: str) -> dict[str, str]:
    """The tool calls that a model asks for: in its answer, or as attributes beside it."""
    calls = read_calls(made) if made else {}
    if calls or "call_id" not in known or "tool" not in known:
        return calls
    ids, called = (text_of(known, field).split(",") for field in ("call_id", "tool"))
    return {one.strip(): name.strip() for one, name in zip(ids, called, strict=False) if one.strip()}


def read_tags(value: Any) -> tuple[str, ...]:
    """Tags as a list, as JSON of one, or with commas between."""
    if not value:
        return ()
    listed = list_in(value) or str(value).split(",")
    return tuple(str(one).strip()[:TEXT_FIELD_MAX] for one in listed[:TAGS_MAX] if one)


def _reported(known: Values) -> int | None:
    """What the sender says that it cost."""
    if (said := known.get("reported_usd")) is not None:
        return micro_usd(said)
    amounts = object_in(known.get("reported_json"))
    if not amounts:
        return None
    return micro_usd(amounts.get("total", sum(v for v in amounts.values() if isinstance(v, int | float))))


def _write_events(events: list[Event]) -> str:
    return write([{"name": name, "at_ns": at, "attributes": said} for name, at, said in events])


def _read_links(links: Sequence[trace_pb2.Span.Link]) -> tuple[tuple[str, ...], str]:
    """What they name, and what they say of it; one without proper ids names nothing."""
    valid = [one for one in links if _names_a_span(one)][:LINKS_MAX]
    said = [read_attributes(one.attributes) for one in valid]
    places = tuple(f"{one.trace_id.hex()}-{one.span_id.hex()}" for one in valid)
    return places, write(said) if any(said) else ""


def _names_a_span(link: trace_pb2.Span.Link) -> bool:
    return len(link.trace_id) == 16 and len(link.span_id) == 8 and any(link.trace_id) and any(link.span_id)


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
