"""What stands twice in a body is found as a parser of the standard library finds it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from holdfast_server.action.llm.exchange.repeating import SHORT_MAX, find_repeated

values = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 999) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(("model", "input", "n", "", '"', "\\", "ä", "a b")) | st.text(max_size=4)
spaces = st.sampled_from(("", " ", "\n", "\t \r"))


@given(st.lists(st.tuples(names, values, st.booleans()), max_size=8), spaces, spaces)
def test_a_name_is_found_that_stands_twice_and_no_other(
    pairs: list[tuple[str, Any, bool]], before: str, after: str
) -> None:
    said = [
        f"{json.dumps(name, ensure_ascii=plain)}{after}:{before}{json.dumps(value)}"
        for name, value, plain in pairs
    ]
    body = f"{{{before}{f'{after},{before}'.join(said)}{after}}}".encode() + b" " * SHORT_MAX
    made = [name for name, _, _ in pairs]
    repeated = find_repeated(body)
    assert (repeated is None) == (len(made) == len(set(made)))
    assert repeated is None or made.count(repeated) > 1
