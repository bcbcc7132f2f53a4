"""One byte form for arguments: equal data, equal bytes; anything unfaithful is refused by name."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.action import canonicalise, digest, parse_arguments
from holdfast.errors import Invalid

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)
arguments = st.dictionaries(st.text(max_size=8), values, max_size=5)


def shuffled(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: shuffled(value[name]) for name in reversed(list(value))}
    return [shuffled(inner) for inner in value] if isinstance(value, list) else value


@given(arguments)
def test_the_order_of_keys_never_matters(given_arguments: dict[str, Any]) -> None:
    plain, canonical = canonicalise(given_arguments)
    assert canonicalise(shuffled(given_arguments))[1] == canonical
    assert canonicalise(plain) == (plain, canonical)


@given(arguments)
def test_what_runs_equals_what_was_given_and_is_a_copy(given_arguments: dict[str, Any]) -> None:
    plain, canonical = canonicalise(given_arguments)
    assert plain == given_arguments
    assert json.loads(canonical) == given_arguments
    if given_arguments:
        given_arguments.clear()
        assert plain


@given(arguments, arguments)
def test_different_arguments_have_different_digests(one: dict[str, Any], other: dict[str, Any]) -> None:
    (_, a), (_, b) = canonicalise(one), canonicalise(other)
    assert (digest("tool", "t", a) == digest("tool", "t", b)) is (a == b)
    assert digest("tool", "t", a) != digest("tool", "u", a)
    assert digest("tool", "t", a) != digest("model", "t", a)


@pytest.mark.parametrize(
    ("bad", "path"),
    [
        ({"a": math.nan}, "$.a"),
        ({"a": [1, {"b": math.inf}]}, "$.a[1].b"),
        ({"n": 2**63}, "$.n"),
        ({"n": [-(2**63) - 1]}, "$.n[0]"),
        ({"n": 10**40}, "$.n"),
        ({"o": object()}, ""),
        ({"text": "x" * 300_000}, "262144"),
    ],
)
def test_what_has_no_faithful_form_is_refused_by_path(bad: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as caught:
        canonicalise(bad)
    assert path in str(caught.value)


def test_depth_and_cycles_are_bounded() -> None:
    deep: dict[str, Any] = {}
    for _ in range(40):
        deep = {"d": deep}
    cycle: dict[str, Any] = {}
    cycle["c"] = cycle
    for bad in (deep, cycle):
        with pytest.raises(Invalid):
            canonicalise(bad)


@pytest.mark.parametrize("text", ['{"a":1,"a":2}', '{"a":NaN}', "[1]", "{", '{"a":Infinity}', "nul"])
def test_ambiguous_json_of_a_model_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_arguments(text)


@pytest.mark.parametrize("text", ["", b"{}", "{}"])
def test_no_arguments_are_an_empty_object(text: str | bytes) -> None:
    assert parse_arguments(text) == {}


def test_long_digits_inside_text_are_no_numbers() -> None:
    plain, _ = canonicalise({"iban": "DE89370400440532013000", "edge": 2**63 - 1})
    assert plain["edge"] == 2**63 - 1
