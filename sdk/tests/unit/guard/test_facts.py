"""Facts hold inside of their block, inner blocks add to outer ones, and unknown ones are refused."""

from __future__ import annotations

import pytest

from holdfast.errors import Misconfigured
from holdfast.guard.facts import facts, facts_here


def test_facts_hold_inside_of_their_block() -> None:
    assert facts_here() is None
    with facts(citations=2, tags={"b", "a"}):
        with facts(citations=3, region="eu"):
            assert facts_here() == {"citations": 3, "region": "eu", "tags": ["a", "b"]}
        assert facts_here() == {"citations": 2, "tags": ["a", "b"]}
    assert facts_here() is None


def test_a_fact_that_does_not_exist_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(Misconfigured) as caught, facts(citatoins=2):
        pass
    assert caught.value.hint == "Did you mean citations?"
