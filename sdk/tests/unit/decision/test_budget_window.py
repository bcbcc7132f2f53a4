"""Windows begin and end on the calendar of the place that was named, also when its clocks change."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.decision.budgets import ALWAYS, Window, find_zone, window_at

HOUR_NS = 3_600_000_000_000
BERLIN = "Europe/Berlin"


def ns(text: str, zone: str = BERLIN) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 1_000_000_000


def hours(window: Window, at: str, zone: str = BERLIN) -> float:
    span = window_at(window, zone, ns(at, zone))
    return (span.end_ns - span.start_ns) / HOUR_NS


@pytest.mark.parametrize(
    ("at", "length"), [("2026-03-28T12:00", 24), ("2026-03-29T12:00", 23), ("2026-10-25T12:00", 25)]
)
def test_a_day_is_as_long_as_its_clocks_say(at: str, length: float) -> None:
    assert hours("day", at) == length


def test_the_day_on_which_midnight_does_not_exist_begins_when_the_clocks_jump() -> None:
    # In Cairo the clocks go from 00:00 to 01:00 on 2026-04-24.
    span = window_at("day", "Africa/Cairo", ns("2026-04-24T12:00", "Africa/Cairo"))
    began = datetime.fromtimestamp(span.start_ns // 1_000_000_000, UTC)
    assert began == datetime(2026, 4, 23, 22, tzinfo=UTC)
    assert hours("day", "2026-04-24T12:00", "Africa/Cairo") == 23


def test_a_week_begins_on_monday_and_a_month_on_its_first() -> None:
    week = window_at("week", BERLIN, ns("2026-11-21T14:00"))
    month = window_at("month", BERLIN, ns("2026-11-21T14:00"))
    assert week == (ns("2026-11-16T00:00"), ns("2026-11-23T00:00"))
    assert month == (ns("2026-11-01T00:00"), ns("2026-12-01T00:00"))


def test_the_same_instant_lies_in_another_day_elsewhere() -> None:
    now = ns("2026-11-21T23:30", "UTC")
    assert window_at("day", "Asia/Tokyo", now).start_ns > window_at("day", "America/New_York", now).start_ns


def test_what_never_begins_anew_has_one_window() -> None:
    assert window_at("none", "UTC", 0) == window_at("none", "UTC", 2**62) == ALWAYS


def test_a_zone_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="Europe/Berln"):
        find_zone("Europe/Berln")


ZONES = st.sampled_from(
    [BERLIN, "UTC", "America/Sao_Paulo", "Africa/Cairo", "Asia/Kathmandu", "Pacific/Apia"]
)
WINDOWS: st.SearchStrategy[Window] = st.sampled_from(["day", "week", "month"])
INSTANTS = st.integers(ns("2000-01-01T00:00"), ns("2037-12-31T00:00"))


@given(INSTANTS, ZONES, WINDOWS)
def test_every_instant_lies_in_exactly_one_window(now: int, zone: str, window: Window) -> None:
    span = window_at(window, zone, now)
    assert span.start_ns <= now < span.end_ns
    assert window_at(window, zone, span.start_ns) == span
    assert window_at(window, zone, span.end_ns - 1) == span
    assert window_at(window, zone, span.end_ns).start_ns == span.end_ns
