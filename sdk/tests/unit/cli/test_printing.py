from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from holdfast.cli.printing import duration, local_time, print_facts, print_page, print_table, short_time, usd


@pytest.fixture
def vienna(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Vienna")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("vienna")
def test_times_are_shown_on_the_readers_clock_with_its_zone() -> None:
    assert local_time("2026-07-01T10:00:00Z") == "2026-07-01 12:00:00 CEST"
    assert local_time("2026-01-01T23:30:00.123456+00:00") == "2026-01-02 00:30:00 CET"


def test_what_is_no_time_stays_as_it_is() -> None:
    assert local_time(None) == ""
    assert local_time("soon") == "soon"


def test_an_unknown_price_is_never_zero() -> None:
    assert usd(None, unpriced=2) == "unknown"
    assert usd(0.0) == "$0.0000"
    assert usd(1234.5) == "$1,234.5000"
    assert usd(0.000017) == "$0.000017"
    assert usd(0.25, unpriced=1) == "≥ $0.2500"
    assert usd(None) == "-"


def test_durations_come_in_the_unit_a_person_would_choose() -> None:
    assert [duration(ms) for ms in (None, 0.4, 999, 1500, 119_000, 600_000)] == [
        "", "0 ms", "999 ms", "1.5 s", "119.0 s", "10.0 min",
    ]  # fmt: skip


def test_a_table_that_no_terminal_reads_cuts_nothing_off(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("id", "title"), [("a" * 32, "word " * 50)])
    told = capsys.readouterr().out
    assert "a" * 32 in told
    assert ("word " * 50).strip() in told


def test_words_in_brackets_are_text_not_markup(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("title",), [("[red]not red[/]",)])
    assert "[red]not red[/]" in capsys.readouterr().out


def test_an_empty_page_says_so_and_a_cut_one_too(capsys: pytest.CaptureFixture[str]) -> None:
    print_page({"items": [], "next": None}, ("id",), [], none="No run matches.")
    assert capsys.readouterr().out == "No run matches.\n"
    print_page({"items": [1], "next": "c"}, ("id",), [("1",)], none="")
    assert "--limit" in capsys.readouterr().err


def test_facts_leave_out_what_is_empty_and_keep_lines_together(capsys: pytest.CaptureFixture[str]) -> None:
    print_facts({"run": "7", "error": "", "why": "one\ntwo"})
    assert capsys.readouterr().out == "run    7\nwhy    one\n       two\n"


@pytest.mark.usefixtures("vienna")
def test_a_cell_leaves_out_this_year_and_no_other() -> None:
    now = datetime(2026, 7, 1, tzinfo=UTC)
    assert short_time("2026-02-03T10:00:00Z", now=now) == "02-03 11:00:00 CET"
    assert short_time("2025-02-03T10:00:00Z", now=now) == "2025-02-03 11:00:00 CET"
    assert short_time(None, now=now) == ""
