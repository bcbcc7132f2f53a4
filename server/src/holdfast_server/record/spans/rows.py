"""Spans and logs as rows of MessagePack, which an engine reads without Python touching them again.

A row is its values one after the other, in the order of the columns and without a head of its own: what
ClickHouse calls MsgPack. Python reads the same rows back by counting values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, Final, TypeVar

import msgspec

from holdfast_server.record.spans.log import LOG_COLUMNS, Log
from holdfast_server.record.spans.span import Span

SPAN_COLUMNS: Final[tuple[str, ...]] = Span.__struct_fields__
VERSION: Final = "version"
"""The last column of a span's row: of two rows of one span, the one with the higher version stands."""

T = TypeVar("T", Span, Log)

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode
_span_values = attrgetter(*SPAN_COLUMNS)
_log_values = attrgetter(*LOG_COLUMNS)
_SHORT: Final = 16
"""From so many values on, the head of an array takes three bytes instead of one."""


def span_rows(spans: Iterable[Span], version: int) -> bytes:
    """Rows of `SPAN_COLUMNS` and `VERSION`."""
    head = 3 if len(SPAN_COLUMNS) + 1 >= _SHORT else 1
    return b"".join([_encode((*_span_values(span), version))[head:] for span in spans])


def log_rows(logs: Iterable[Log]) -> bytes:
    """Rows of `LOG_COLUMNS`."""
    head = 3 if len(LOG_COLUMNS) >= _SHORT else 1
    return b"".join([_encode(_log_values(log))[head:] for log in logs])


def read_span_rows(rows: bytes, count: int) -> Iterator[Span]:
    """What `span_rows` made, without the version."""
    return _read(rows, count, Span, SPAN_COLUMNS, 1)


def read_log_rows(rows: bytes, count: int) -> Iterator[Log]:
    """What `log_rows` made."""
    return _read(rows, count, Log, LOG_COLUMNS, 0)


def _read(rows: bytes, count: int, kind: type[T], columns: Sequence[str], more: int) -> Iterator[T]:
    width = len(columns) + more
    values: list[Any] = _decode(b"\xdd" + (count * width).to_bytes(4, "big") + rows)
    last, lists = len(columns), _LISTS[kind]
    for start in range(0, len(values), width):
        row = values[start : start + last]
        for place in lists:
            row[place] = tuple(row[place])
        yield kind(*row)


def _lists(kind: type[Any]) -> tuple[int, ...]:
    """The places of fields that are tuples, which travel as lists."""
    defaults = kind.__struct_defaults__
    first = len(kind.__struct_fields__) - len(defaults)
    return tuple(first + place for place, default in enumerate(defaults) if isinstance(default, tuple))


_LISTS: Final[dict[type[Any], tuple[int, ...]]] = {kind: _lists(kind) for kind in (Span, Log)}
