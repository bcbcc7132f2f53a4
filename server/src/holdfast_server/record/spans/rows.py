"""Spans and logs as rows of MessagePack, which an engine reads without Python touching them again.

A row is its values one after the other, in the order of the columns and without a head of its own: what
ClickHouse calls MsgPack. Python reads the same rows back by counting values. Columns in which no span of a
block says anything are left out: of some fifty that is a third.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter, itemgetter
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
_SHORT: Final = 16
"""From so many values on, the head of an array takes three bytes instead of one."""


def said_columns(spans: Sequence[Span]) -> tuple[str, ...]:
    """The columns in which one of these spans says something that is not the engine's own default."""
    return tuple(name for name in SPAN_COLUMNS if name not in _SILENT or _says(name, spans))


def _says(column: str, spans: Sequence[Span]) -> bool:
    values = map(attrgetter(column), spans)
    # What is nothing by default may be zero, and that is something: an unknown price is not none.
    return any(value is not None for value in values) if _SILENT[column] is None else any(values)


def span_rows(spans: Iterable[Span], version: int, columns: Sequence[str] = SPAN_COLUMNS) -> bytes:
    """Rows of these columns and `VERSION`."""
    head = 3 if len(columns) + 1 >= _SHORT else 1
    values = attrgetter(*columns)
    return b"".join([_encode((*values(span), version))[head:] for span in spans])


def log_rows(logs: Iterable[Log]) -> bytes:
    """Rows of `LOG_COLUMNS`."""
    head = 3 if len(LOG_COLUMNS) >= _SHORT else 1
    values = attrgetter(*LOG_COLUMNS)
    return b"".join([_encode(values(log))[head:] for log in logs])


def read_span_rows(rows: bytes, count: int, columns: Sequence[str] = SPAN_COLUMNS) -> Iterator[Span]:
    """What `span_rows` made, without the version."""
    return _read(rows, count, Span, columns, 1)


def read_log_rows(rows: bytes, count: int) -> Iterator[Log]:
    """What `log_rows` made."""
    return _read(rows, count, Log, LOG_COLUMNS, 0)


def _read(rows: bytes, count: int, kind: type[T], columns: Sequence[str], more: int) -> Iterator[T]:
    width, last = len(columns) + more, len(columns)
    values: list[Any] = _decode(b"\xdd" + (count * width).to_bytes(4, "big") + rows)
    defaults = _defaults(kind)
    absent = [defaults[name] for name in kind.__struct_fields__ if name not in columns]
    in_order = _order(kind.__struct_fields__, columns)
    lists = [
        columns.index(name) for name, one in defaults.items() if isinstance(one, tuple) and name in columns
    ]
    for start in range(0, len(values), width):
        row = values[start : start + last]
        for place in lists:
            row[place] = tuple(row[place])
        yield kind(*in_order(row + absent))


def _order(fields: Sequence[str], columns: Sequence[str]) -> itemgetter[Any]:
    """From the columns that are there, and then those that are not, to the order of the fields."""
    given = [*columns, *(name for name in fields if name not in columns)]
    return itemgetter(*(given.index(name) for name in fields))


def _defaults(kind: type[Any]) -> dict[str, Any]:
    """What each field is when nothing is said; mutable ones are shared, and nobody changes them."""
    made: tuple[Any, ...] = kind.__struct_defaults__
    with_default = kind.__struct_fields__[len(kind.__struct_fields__) - len(made) :]
    # msgspec keeps an empty dict as a recipe.
    plain = (one.factory() if hasattr(one, "factory") else one for one in made)
    return dict(zip(with_default, plain, strict=True))


_SILENT: Final = {name: default for name, default in _defaults(Span).items() if not default}
"""Columns whose default is that of their type: empty, zero, false or nothing."""
