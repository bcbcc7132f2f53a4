from __future__ import annotations

from typing import Any

import pytest

from holdfast.action.contracts import resolve
from holdfast.errors import Invalid

KNOWN = {"arguments": {"a": {"b": [1, {"c": 2}]}}, "result": "done"}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("plain", "plain"),
        ("$arguments.a.b.1.c", 2),
        ("$result", "done"),
        ("$$result", "$result"),
        ({"x": ["$arguments.a.b.0", 7]}, {"x": [1, 7]}),
    ],
)
def test_references_stand_for_what_came(value: Any, found: Any) -> None:
    assert resolve(value, KNOWN) == found


@pytest.mark.parametrize("value", ["$arguments.x", "$result.x", "$arguments.a.b.9", "$arguments.a.b.-1"])
def test_a_reference_that_leads_nowhere_is_an_error(value: str) -> None:
    with pytest.raises(Invalid, match="leads nowhere"):
        resolve(value, KNOWN)
