"""Results are told the way scripts and people rely on."""

from __future__ import annotations

import io

from rich.console import Console

from holdfast.testing.drills.catalogue import DRILLS
from holdfast.testing.drills.drill import Damage, Half, Result
from holdfast.testing.drills.report import as_json, print_table

BEFORE = Half(calls=101, cost_usd=0.34, damage=Damage(100, "100 exchanges"), seconds=1.2)
AFTER = Half(
    calls=10,
    cost_usd=0.02,
    damage=Damage(10, "10 exchanges"),
    seconds=0.3,
    stopped_by="runaways/exchanges",
    stopped_at=10,
)
DRILL = DRILLS["ping-pong"]


def test_the_json_holds_the_shape_scripts_rely_on():
    (told,) = as_json([Result(DRILL, BEFORE, AFTER)])["drills"]
    assert (told["name"], told["ok"]) == ("ping-pong", True)
    assert {key: told["ungoverned"][key] for key in ("calls", "cost_usd", "damage")} == {
        "calls": 101,
        "cost_usd": 0.34,
        "damage": 100,
    }
    assert told["governed"]["stopped_by"] == "runaways/exchanges"
    assert told["governed"]["stopped_at"] == 10


def test_a_skipped_drill_is_not_ok_and_says_why():
    result = Result(DRILL, skipped="langgraph missing: pip install 'holdfast[drills]'")
    (told,) = as_json([result])["drills"]
    assert not result.ok
    assert told["governed"] is None
    assert "pip install" in told["skipped"]


def test_a_broken_promise_is_not_ok():
    assert not Result(DRILL, BEFORE, AFTER, broken="11 exchanges happened").ok


def test_the_table_shows_both_halves_and_what_was_broken():
    page = io.StringIO()
    results = [Result(DRILL, BEFORE, AFTER, broken="it went on"), Result(DRILL, skipped="no frameworks")]
    print_table(results, Console(file=page, width=200))
    for word in (
        "100 exchanges",
        "10 exchanges",
        "runaways/exchanges",
        "$0.3400",
        "at step 10",
        "it went on",
        "skipped",
    ):
        assert word in page.getvalue()


def test_every_drill_says_what_happened_and_what_must():
    for name, drill in DRILLS.items():
        assert name == drill.name
        assert drill.incident.endswith(".")
        assert drill.promise.endswith(".")
