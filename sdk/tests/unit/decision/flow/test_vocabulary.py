from __future__ import annotations

from typing import Any

import pytest

from holdfast.decision.flow.vocabulary import openings


@pytest.mark.parametrize(
    "schema",
    [
        {"enum": ["refund", "escalate", "ignore"]},
        {"const": 1},
        {"type": "boolean"},
        {"type": "integer", "minimum": 0, "maximum": 10},
        {"type": "array", "maxItems": 3, "items": {"enum": ["a", "b"]}},
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {"urgent": {"type": "boolean"}, "topic": {"enum": ["a", "b"]}},
        },
    ],
)
def test_a_closed_vocabulary_has_no_opening(schema: dict[str, Any]) -> None:
    assert openings(schema) == []


@pytest.mark.parametrize(
    ("schema", "where"),
    [
        ({}, "$"),
        (True, "$"),
        ({"type": "string"}, "$"),
        ({"type": "string", "maxLength": 5}, "$"),
        ({"type": "integer"}, "$"),
        ({"type": "integer", "minimum": 0, "maximum": 10**30}, "$"),
        ({"type": "number", "minimum": 0, "maximum": 1}, "$"),
        ({"type": "array", "items": {"enum": ["a"]}}, "$"),
        ({"type": "array", "maxItems": 3}, "$[]"),
        ({"type": "object", "properties": {}}, "$"),
        (
            {"type": "object", "additionalProperties": False, "properties": {"note": {"type": "string"}}},
            "$.note",
        ),
        ({"anyOf": [{"enum": ["a"]}, {"type": "string"}]}, "$"),
        ({"$ref": "#/$defs/a"}, "$"),
    ],
)
def test_what_lets_text_through_is_named(schema: Any, where: str) -> None:
    (found,) = openings(schema)
    assert found.startswith(f"{where}: ")
