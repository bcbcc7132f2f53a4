"""Spans as OTLP protobuf, written by hand: the few messages we send need no library.

Field numbers: opentelemetry-proto v1, trace.proto and common.proto. What spans share (the scope of a run,
attribute names) is encoded once and remembered.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from holdfast.record import attributes as a
from holdfast.record.redact import redact_text
from holdfast.record.span import Scope, Span, Value

_double = struct.Struct("<d").pack
_fixed64 = struct.Struct("<Q").pack
_INT64: Final = 1 << 64
_REPEATED_MAX: Final = 128
_EMPTY: Final[tuple[Value, ...]] = ("", b"")


Redact = Callable[[str], str]


def encode_spans(
    spans: Iterable[Span],
    resource: Mapping[str, Value],
    *,
    library: str,
    version: str,
    redact: Redact = redact_text,
) -> bytes:
    """The body of `POST /v1/traces`: an ExportTraceServiceRequest.

    Args:
        spans: what to encode.
        resource: attributes of the process.
        library: the name of the instrumentation.
        version: its version.
        redact: what becomes of what people and models said.
    """
    messages = [encode_span(span, redact) for span in spans]
    return wrap_spans(messages, resource, library=library, version=version)


def wrap_spans(
    messages: Iterable[bytes], resource: Mapping[str, Value], *, library: str, version: str
) -> bytes:
    """The body of `POST /v1/traces` with spans that are encoded already; see `encode_spans`."""
    about = b"".join(_field(0x0A, _key_value(key, value)) for key, value in resource.items())
    instrument = _field(0x0A, library.encode()) + _field(0x12, version.encode())
    body = b"".join([_field(0x12, message) for message in messages])
    return _field(0x0A, _field(0x0A, about) + _field(0x12, _field(0x0A, instrument) + body))


def encode_span(span: Span, redact: Redact = redact_text) -> bytes:
    """One Span message."""
    trace, common = _scope(span.scope)
    parts = [
        trace,
        b"\x12\x08",
        bytes.fromhex(span.id),
        b"\x22\x08" + bytes.fromhex(span.parent) if span.parent else b"",
        _head(span.name, span.kind),
        b"\x39",
        _fixed64(span.start_ns),
        b"\x41",
        _fixed64(span.end_ns),
        common,
    ]
    parts += [_attribute(key, value, redact) for key, value in span.attributes if value not in _EMPTY]
    if span.error:
        parts += [_attribute(a.ERROR_TYPE, span.error, redact), b"\x7a\x02\x18\x02"]
    return b"".join(parts)


def plain_attributes(span: Span, redact: Redact = redact_text) -> dict[str, Any]:
    """The attributes that `encode_span` writes, as values: for who reads them without OTLP in between."""
    said: dict[str, Any] = _shared(span.scope)
    for key, value in span.attributes:
        if value not in _EMPTY:
            text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
            said[key] = redact(str(text)) if key in a.CONTENT else text
    if span.error:
        said[a.ERROR_TYPE] = span.error
    return said


def _attribute(key: str, value: Value, redact: Redact) -> bytes:
    """One attribute field of a Span; what people and models said is redacted on the way."""
    if key in a.CONTENT:
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        return _field(0x4A, _key(key) + _field(0x12, _field(0x0A, redact(text).encode("utf-8", "replace"))))
    if key == a.NUMBER:
        return _numbered(value)
    if isinstance(value, str) and len(value) <= _REPEATED_MAX and key not in a.UNIQUE:
        return _repeated(key, value)
    return _field(0x4A, _key_value(key, value))


@lru_cache(maxsize=4096)
def _repeated(key: str, value: str) -> bytes:
    """An attribute whose value many spans share: a tool, a model, a verdict."""
    return _field(0x4A, _key_value(key, value))


@lru_cache(maxsize=1024)
def _numbered(value: Value) -> bytes:
    """The number of a span in its run: nearly all runs are short, so the small ones come again and again."""
    return _field(0x4A, _key_value(a.NUMBER, value))


@lru_cache(maxsize=4096)
def _head(name: str, kind: int) -> bytes:
    return _field(0x2A, name.encode("utf-8", "replace")) + b"\x30" + _varint(kind)


@lru_cache(maxsize=4096)
def _scope(scope: Scope) -> tuple[bytes, bytes]:
    """The trace id, and the attributes that all spans of a run carry."""
    encoded = b"".join(_field(0x4A, _key_value(key, value)) for key, value in _shared(scope).items())
    return b"\x0a\x10" + bytes.fromhex(scope.trace), encoded


def _shared(scope: Scope) -> dict[str, Value]:
    said: dict[str, Value] = {
        a.RUN: scope.run,
        a.SESSION: scope.session,
        a.CONVERSATION: scope.session,
        a.AGENT: scope.agent,
        a.AGENT_VERSION: scope.version,
        a.OWNER: scope.owner,
        a.PERSON: scope.person,
        a.FRAMEWORK: scope.framework,
        **{a.DIMENSIONS[name]: value for name, value in scope.tags if name in a.DIMENSIONS},
        a.TAGS: tuple(f"{name}={value}" for name, value in scope.tags if name not in a.DIMENSIONS),
    }
    return {key: value for key, value in said.items() if value}


def _key_value(key: str, value: Value) -> bytes:
    return _key(key) + _field(0x12, _any_value(value))


@lru_cache(maxsize=1024)
def _key(key: str) -> bytes:
    return _field(0x0A, key.encode())


def _any_value(value: Value) -> bytes:
    match value:
        case str():
            return _field(0x0A, value.encode("utf-8", "replace"))
        case bytes():
            return _field(0x0A, value)
        case bool():
            return b"\x10\x01" if value else b"\x10\x00"
        case int():
            return b"\x18" + _varint(value % _INT64)
        case float():
            return b"\x21" + _double(value)
        case tuple():
            return _field(0x2A, b"".join(_field(0x0A, _any_value(item)) for item in value))


def _field(tag: int, content: bytes) -> bytes:
    """A length-delimited field; nearly all are shorter than two bytes of length can say."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    if size < 0x4000:
        return bytes((tag, size & 0x7F | 0x80, size >> 7)) + content
    return bytes((tag,)) + _varint(size) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
