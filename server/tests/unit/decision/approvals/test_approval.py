"""The life of an approval."""

from __future__ import annotations

from typing import get_args

import pytest

from holdfast_server.decision.approvals.approval import STEPS, Event, State, after
from holdfast_server.errors import Conflict


@pytest.mark.parametrize("state", ["refused", "expired", "used", "withdrawn"])
@pytest.mark.parametrize("event", get_args(Event))
def test_nothing_follows_an_end(state: State, event: Event) -> None:
    with pytest.raises(Conflict):
        after(state, event)


def test_only_what_was_approved_can_be_used() -> None:
    assert [state for (state, event) in STEPS if event == "use"] == ["approved"]


def test_every_state_can_be_reached() -> None:
    assert {"pending", *STEPS.values()} == set(get_args(State))
