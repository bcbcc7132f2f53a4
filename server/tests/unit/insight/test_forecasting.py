"""Forecasts hold as often as they promise, and say nothing where nothing is known."""

from __future__ import annotations

import gzip
import json
import math
import random
from collections import defaultdict
from pathlib import Path

import pytest

from holdfast_server.insight.costs.calibration import MEASURED
from holdfast_server.insight.costs.forecasting import Day, forecast_run, forecast_window

TAU = Path(__file__).resolve().parents[5] / "shared/data/tau_bench"
SLACK = 0.08


def make_days(dice: random.Random, count: int) -> list[Day]:
    """Days of one agent: weekends, a level that wanders and drifts, hours with a shape, and bursts."""
    base, quiet = dice.uniform(5, 200), dice.uniform(0.2, 1)
    wander, drift, level = dice.uniform(0.1, 0.35), dice.uniform(-0.01, 0.01), 0.0
    days: list[Day] = []
    for day in range(count):
        level = 0.7 * level + dice.gauss(0, wander)
        weekend = day % 7 >= 5
        total = base * math.exp(level + drift * day) * (quiet if weekend else 1)
        shape = (0.3 + max(0.0, math.sin((slot / 12 - 6) / 12 * math.pi)) for slot in range(288))
        slots = [total / 288 * one * dice.gammavariate(0.7, 1 / 0.7) for one in shape]
        if dice.random() < 0.05:
            first = dice.randrange(270)
            slots[first : first + 12] = [one + total * 0.05 for one in slots[first : first + 12]]
        days.append(Day(weekend, tuple(slots)))
    return days


def try_days(known: int, ahead: int, worlds: int) -> list[bool]:
    dice = random.Random(known * 100 + ahead)
    held: list[bool] = []
    for _ in range(worlds):
        days = make_days(dice, known + 1 + ahead)
        past, today, later = days[:known], days[known], days[known + 1 :]
        place = dice.choice((100, 200))
        spent = sum(today.slots[:place])
        told = forecast_window(
            spent, past, today.slots[:place], [day.weekend for day in later],
            slots_ahead=288 - place + 288 * ahead, seed=dice.randrange(10**6),
        )  # fmt: skip
        truth = sum(today.slots) + sum(day.total for day in later)
        assert told.low is not None
        assert told.high is not None
        held.append(told.low <= truth <= told.high)
    return held


def test_windows_hold_as_often_as_they_promise():
    held = [one for known in (7, 14, 28) for ahead in (0, 1, 6, 20) for one in try_days(known, ahead, 10)]
    share = sum(held) / len(held)
    assert share >= MEASURED["days"].promised - SLACK
    assert abs(share - MEASURED["days"].measured) <= SLACK


def test_a_pace_of_hours_promises_no_more_than_it_holds():
    dice = random.Random(3)
    held = []
    for _ in range(150):
        flat = [slot for day in make_days(dice, 5) for slot in day.slots]
        known, ahead = dice.choice((24, 72, 288)), dice.choice((12, 72, 288))
        start = dice.randrange(288 * 3)
        told = forecast_window(
            0, [], [], [], slots_ahead=ahead, recent=flat[start : start + known], seed=dice.randrange(10**6)
        )
        assert told.method == "pace"
        truth = sum(flat[start + known : start + known + ahead])
        held.append((told.low or 0) <= truth <= (told.high or 0))
    assert abs(sum(held) / len(held) - MEASURED["pace"].measured) <= SLACK


def read_tracks() -> dict[tuple[str, str], list[tuple[str, list[float]]]]:
    """What each call of recorded runs cost: the whole context each time, at list prices of a common model."""
    policies = json.loads((TAU / "policies.json").read_text())
    found = defaultdict(list)
    with gzip.open(TAU / "trajectories.jsonl.gz", "rt") as lines:
        for line in lines:
            run = json.loads(line)
            context, costs = len(policies.get(run["domain"], "")) / 4 + 1_500, []
            for step in run["steps"]:
                tokens = len(json.dumps(step)) / 4
                if step.get("role") == "assistant" or step.get("type") == "tool_call":
                    costs.append(context * 2.5 + tokens * 10)
                context += tokens
            if costs:
                found[run["agent"], run["domain"]].append((run["task_id"], costs))
    return found


def test_runs_hold_as_often_as_they_promise():
    if not TAU.exists():
        pytest.skip("the recorded runs of ../shared/data/tau_bench are not here")
    held = []
    for rows in read_tracks().values():
        tasks = sorted({task for task, _ in rows})
        random.Random(1).shuffle(tasks)
        known = set(tasks[: len(tasks) // 2])
        siblings = [costs for task, costs in rows if task in known]
        for costs in (costs for task, costs in rows if task not in known):
            for share in (0.25, 0.5, 0.75):
                told = forecast_run(costs[: max(1, int(len(costs) * share))], siblings)
                if told.expected is not None:
                    held.append((told.low or 0) <= sum(costs) <= (told.high or 0))
    assert len(held) > 300
    assert sum(held) / len(held) >= MEASURED["siblings"].promised
    assert abs(sum(held) / len(held) - MEASURED["siblings"].measured) <= SLACK


def test_a_run_that_outlived_all_others_is_not_forecast():
    told = forecast_run([1.0] * 50, [[1.0] * 10] * 30)
    assert (told.expected, told.low, told.high, told.method) == (None, 50.0, None, "none")
    assert told.chance_over(60) is None


def test_two_hours_without_days_are_needed():
    told = forecast_window(5, [], [], [], slots_ahead=100, recent=[1.0] * 10)
    assert (told.expected, told.low, told.method) == (None, 5, "none")


def test_a_window_that_is_over_is_known():
    told = forecast_window(5, [], [], [], slots_ahead=0)
    assert (told.low, told.expected, told.high, told.chance_over(4)) == (5, 5, 5, 1.0)


def test_what_is_spent_is_never_forecast_away():
    dice = random.Random(9)
    days = make_days(dice, 20)
    told = forecast_window(1e9, days, [0.0] * 100, [False] * 5, slots_ahead=188 + 5 * 288)
    assert (told.low or 0) >= 1e9
