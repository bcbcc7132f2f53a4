"""A press on a facet adds a value to the query or takes it away, and touches nothing else."""

from __future__ import annotations

import pytest

from holdfast_server.insight.search.fields import RUNS
from holdfast_server.insight.search.parser import parse_query
from holdfast_server.insight.search.syntax import print_query
from holdfast_server.insight.search.toggling import chosen, toggle


@pytest.mark.parametrize(
    ("query", "value", "after"),
    [
        ("", "failed", "state:failed"),
        ("state:failed", "failed", ""),
        ("state:failed x", "halted", "x state:(failed,halted)"),
        ("state:(failed,halted)", "failed", "state:halted"),
        ("status:failed", "failed", ""),
        ("a OR b", "failed", "(a OR b) state:failed"),
        ("-state:failed", "failed", "-state:failed state:failed"),
        ("state:f*", "failed", "state:f* state:failed"),
        ("", "a b", 'state:"a b"'),
    ],
)
def test_a_value_is_added_or_taken_away(query: str, value: str, after: str) -> None:
    assert print_query(toggle(parse_query(query), RUNS, "state", value)) == after


def test_what_is_chosen_is_what_the_query_names_itself() -> None:
    assert chosen(parse_query("state:(failed,halted) x"), RUNS, "state") == {"failed", "halted"}
    for query in ("state:failed OR x", "-state:failed", "state:f*", "agent:failed"):
        assert chosen(parse_query(query), RUNS, "state") == frozenset()
