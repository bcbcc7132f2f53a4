from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
import pytest
from inline_snapshot import snapshot

from holdfast.errors import Invalid, Misconfigured
from holdfast.guard.signature import Shape, describe


@dataclass
class Item:
    sku: str
    count: int = 1


def order(
    item: Item,
    day: date,
    size: Literal["s", "m"] = "m",
    discount: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0,
    tags: list[str] | None = None,
) -> None: ...


def test_the_schema_is_read_off_the_type_hints() -> None:
    assert Shape(order).parameters == snapshot(
        {
            "type": "object",
            "properties": {
                "item": {"$ref": "#/$defs/Item"},
                "day": {"type": "string", "format": "date"},
                "size": {"enum": ["m", "s"], "default": "m"},
                "discount": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.0},
                "tags": {
                    "anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}],
                    "default": None,
                },
            },
            "required": ["item", "day"],
            "$defs": {
                "Item": {
                    "title": "Item",
                    "type": "object",
                    "properties": {"sku": {"type": "string"}, "count": {"type": "integer", "default": 1}},
                    "required": ["sku"],
                }
            },
        }
    )


def test_arguments_become_data_and_data_becomes_arguments() -> None:
    shape = Shape(order)
    data, injected = shape.bind((Item("a"), date(2026, 1, 2)), {"size": "s"})
    assert data == {
        "item": {"sku": "a", "count": 1},
        "day": "2026-01-02",
        "size": "s",
        "discount": 0.0,
        "tags": None,
    }
    assert injected == {}
    assert shape.call(data, injected) == ((Item("a"), date(2026, 1, 2), "s", 0.0, None), {})


def test_what_is_injected_is_no_part_of_the_contract() -> None:
    def query(sql: str, connection: object) -> None: ...

    shape = Shape(query, inject=["connection"])
    assert list(shape.parameters["properties"]) == ["sql"]
    live = object()
    data, injected = shape.bind(("select 1", live), {})
    assert (data, injected) == ({"sql": "select 1"}, {"connection": live})
    assert shape.call(data, injected) == (("select 1", live), {})


def test_a_parameter_that_is_no_data_must_be_injected() -> None:
    class Connection: ...

    def query(connection: Connection) -> None: ...

    query.__annotations__["connection"] = Connection
    with pytest.raises(Misconfigured, match="inject"):
        Shape(query)


def test_a_name_to_inject_must_be_there() -> None:
    with pytest.raises(Misconfigured, match="'nobody'"):
        Shape(order, inject=["nobody"])


def test_positional_only_and_keyword_only_parameters_are_kept() -> None:
    def pay(amount: int, /, *, currency: str = "EUR") -> None: ...

    shape = Shape(pay)
    data, injected = shape.bind((5,), {"currency": "USD"})
    assert shape.call(data, injected) == ((5,), {"currency": "USD"})


def test_free_keywords_open_the_contract() -> None:
    def note(text: str, **more: Any) -> None: ...

    shape = Shape(note)
    assert shape.open
    data, injected = shape.bind(("a",), {"x": 1})
    assert data == {"text": "a", "x": 1}
    assert shape.call(data, injected) == (("a",), {"x": 1})


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [((), {}), ((1,), {"amount": 2}), ((1, "EUR", "x"), {}), ((1,), {"colour": "red"})],
)
def test_a_call_that_does_not_fit_fails_as_python_would(args: Any, kwargs: Any) -> None:
    def pay(amount: int, currency: str = "EUR") -> None: ...

    with pytest.raises(TypeError):
        Shape(pay).bind(args, kwargs)


def test_data_that_does_not_fit_is_invalid_and_names_the_place() -> None:
    with pytest.raises(Invalid, match="day"):
        Shape(order).call({"item": {"sku": "a"}, "day": "someday"}, {})


@pytest.mark.parametrize(
    ("judged", "args", "same"),
    [({"amount": 5}, (5,), True), ({"amount": 5}, (6,), False), ({"amount": 5}, (5, "note"), False)],
)
def test_a_call_is_known_again_by_its_arguments(judged: Any, args: Any, *, same: bool) -> None:
    def refund(amount: int, note: str = "") -> None: ...

    assert Shape(refund).is_call_of(judged, args, {}) is same


def test_the_description_is_the_first_paragraph() -> None:
    def work() -> None:
        """Do the
        work.

        At length.
        """

    assert describe(work) == "Do the work."
