"""Cursors come back as they were written, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast_server.errors import Invalid
from holdfast_server.kit.paging import read_cursor, read_name_cursor, write_cursor


@given(st.integers(min_value=0, max_value=2**63), st.text())
def test_a_place_comes_back(order: int, name: str) -> None:
    assert read_cursor(write_cursor(order, name)) == (order, name)


@given(st.text(), st.text())
def test_two_names_come_back(one: str, two: str) -> None:
    assert read_name_cursor(write_cursor(one, two)) == (one, two)


@given(st.text(max_size=60))
def test_anything_else_is_refused(text: str) -> None:
    try:
        order, name = read_cursor(text)
    except Invalid:
        return
    assert write_cursor(order, name)


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(Invalid):
        read_cursor(write_cursor("a", "b"))
