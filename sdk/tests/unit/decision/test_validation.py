"""A contract's schema is used as it came, and cannot be turned against its reader."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.action import Contract
from holdfast.decision.validation import close, make_diagnosis, make_validator, problems
from holdfast.errors import Misconfigured


def validator(schema: dict[str, Any], *, opened: bool = False) -> Any:
    return make_validator(Contract("t", parameters=schema, open=opened))


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "http://schemas.example/evil.json"},
        {"properties": {"a": {"$ref": "file:///etc/passwd"}}},
        {"properties": {"a": {"type": "string", "pattern": "^(a+)\\1$"}}},
        {"type": "no such type"},
    ],
)
def test_a_schema_that_reaches_out_or_cannot_be_linear_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(Misconfigured, match="the schema of t"):
        validator(schema)


@pytest.mark.parametrize(
    ("schema", "bad"),
    [
        ({"type": "object"}, {"x": 1}),
        ({"type": "object", "properties": {"a": {"type": "integer"}}}, {"a": 1, "x": 1}),
        ({"properties": {"a": {"type": "object", "properties": {"b": {}}}}}, {"a": {"b": 1, "x": 1}}),
        ({"properties": {"a": {"type": "array", "items": {"properties": {"b": {}}}}}}, {"a": [{"x": 1}]}),
        (
            {"$defs": {"A": {"properties": {"b": {}}}}, "properties": {"a": {"$ref": "#/$defs/A"}}},
            {"a": {"x": 1}},
        ),
        ({"allOf": [{"properties": {"a": {}}}], "properties": {"b": {}}}, {"a": 1, "b": 1, "x": 1}),
        ({"properties": {"m": {"type": "string", "format": "email"}}}, {"m": "no address"}),
    ],
)
def test_what_the_schema_does_not_name_is_refused(schema: dict[str, Any], bad: dict[str, Any]) -> None:
    assert not validator(schema).is_valid(bad)
    assert problems(validator(schema), bad)


@pytest.mark.parametrize(
    ("schema", "good"),
    [
        ({"type": "object", "additionalProperties": True}, {"x": 1}),
        ({"properties": {"a": {"type": "object"}}}, {"a": {"free": "form"}}),
        ({"allOf": [{"properties": {"a": {}}}], "properties": {"b": {}}}, {"a": 1, "b": 1}),
    ],
)
def test_what_the_schema_opens_stays_open(schema: dict[str, Any], good: dict[str, Any]) -> None:
    assert validator(schema).is_valid(good)


def test_a_contract_can_opt_out_of_closing() -> None:
    assert validator({"type": "object"}, opened=True).is_valid({"x": 1})


def test_closing_leaves_the_original_alone() -> None:
    schema: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "object", "properties": {}}}}
    close(schema)
    assert schema == {"type": "object", "properties": {"a": {"type": "object", "properties": {}}}}


def test_problems_are_few_and_short() -> None:
    schema = {"properties": {f"p{n}": {"type": "integer"} for n in range(50)}}
    found = problems(validator(schema), {f"p{n}": "x" * 10_000 for n in range(50)})
    assert len(found) == 5
    assert all(len(one) < 250 for one in found)


DEMANDING = {
    "type": "object",
    "properties": {
        "a": {"type": "integer"},
        "b": {"type": "string"},
        'the "c"\n': {},
        "é": {},
        "x" * 300: {},
    },
    "required": ["b", "a", 'the "c"\n', "é", "x" * 300, "z"],
}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"properties": {}, "additionalProperties": True},
        {"minProperties": 3},
        {"allOf": [{"required": ["more"]}]},
        {"properties": {"a": {"$ref": "#"}, "b": {}}},
        {"required": []},
    ],
)
@pytest.mark.parametrize(
    "arguments",
    [{}, {"a": 1, "b": "two"}, {"a": "one"}, {"x": 1}, {"a": {}, "b": "", 'the "c"\n': 1, "é": 2, "z": 3}],
)
def test_what_is_missing_is_told_in_the_words_of_the_library(
    changes: dict[str, Any], arguments: dict[str, Any]
) -> None:
    contract = Contract("t", parameters=DEMANDING | changes)
    found = make_validator(contract)
    assert make_diagnosis(contract, found)(arguments) == problems(found, arguments)
