"""Lists as CSV for whoever asks for it: `Accept: text/csv`, or `?format=csv`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, cast, get_args, get_origin

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel

MEDIA_TYPE: Final = "text/csv"
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for a formula when a text begins with it."""


def _wants_csv(
    request: Request,
    format: Annotated[Literal["json", "csv"] | None, Query()] = None,  # noqa: A002  # its name in the URL
) -> bool:
    if format is not None:
        return format == "csv"
    accepted = request.headers.get("accept", "")
    return MEDIA_TYPE in accepted and "application/json" not in accepted


AsCsv = Annotated[bool, Depends(_wants_csv)]


def answer(found: BaseModel, *, as_csv: bool) -> Any:
    """What was found, as it is or as a table of its items; the cursor is then in `X-Next-Cursor`."""
    if not as_csv:
        return found
    told = found.model_dump(mode="json")
    following = told.get("next")
    headers = {"X-Next-Cursor": following} if following else {}
    items: Sequence[Mapping[str, Any]] = told["items"]
    keys = cast("list[str]", told.get("keys") or [])
    rows = [_flat(_spread(item, keys)) for item in items]
    if rows and not keys:
        # Every page has the same columns, whatever of an item is null.
        first: BaseModel = cast("Any", found).items[0]
        columns = _columns(type(first))
        rows = [{name: row.get(name) for name in columns} for row in rows]
    text = write_csv(rows)
    return Response(text, media_type=f"{MEDIA_TYPE}; charset=utf-8", headers=headers)


def write_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows under one head; an unknown value is an empty cell, never a zero."""
    head = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, head, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def _columns(kind: type[BaseModel], above: str = "") -> list[str]:
    """The columns of one kind of item; a field that holds another value is spread into its fields."""
    columns: list[str] = []
    for name, field in kind.model_fields.items():
        inner = _value_of(field.annotation)
        columns += _columns(inner, f"{above}{name}.") if inner else [above + name]
    return columns


def _value_of(annotation: Any) -> type[BaseModel] | None:
    """The kind of value that a field holds, or null in its place; none for a list, or for what is plain."""
    among = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    return next((one for one in among if isinstance(one, type) and issubclass(one, BaseModel)), None)


def _spread(item: Mapping[str, Any], columns: list[str]) -> Mapping[str, Any]:
    """A point's values under the names of their keys."""
    if not columns or "values" not in item:
        return item
    rest = {name: value for name, value in item.items() if name != "values"}
    return {**rest, **dict(zip(columns, item["values"], strict=True))}


def _flat(item: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, value in item.items():
        if isinstance(value, dict):
            row |= _flat(cast("dict[str, Any]", value), f"{above}{name}.")
        elif isinstance(value, list):
            row[above + name] = " ".join(map(_word, cast("list[Any]", value)))
        else:
            row[above + name] = value
    return row


def _word(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return "" if value is None else value
