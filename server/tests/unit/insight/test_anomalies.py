"""Anomalies are rare where nothing is wrong, and found where something is."""

from __future__ import annotations

import random

from holdfast_server.insight.costs.anomalies import BASELINE_MIN, STREAK, find_anomalies


def test_false_alarms_stay_below_the_stated_rate():
    dice = random.Random(2)
    looked, alarms, stated = 0, 0, 0.0
    for _ in range(150):
        values = [dice.lognormvariate(0, 1.2) for _ in range(400)]
        found, _ = find_anomalies(values)
        alarms += len(found)
        looked += len(values) - BASELINE_MIN
        stated += sum(max(0.005, 1 / (place + 1)) for place in range(BASELINE_MIN, len(values)))
    assert alarms <= stated
    assert 0 < alarms / looked < 0.02


def test_a_run_that_costs_forty_times_the_usual_is_found():
    dice = random.Random(4)
    values = [dice.lognormvariate(0, 0.5) for _ in range(60)]
    found, _ = find_anomalies([*values, 40.0])
    assert (found[-1].place, found[-1].baseline >= BASELINE_MIN) == (60, True)
    assert found[-1].rate <= 1 / 50


def test_what_was_far_off_does_not_make_the_next_one_ordinary():
    dice = random.Random(5)
    values = [dice.uniform(1, 2) for _ in range(60)]
    found, _ = find_anomalies([*values, *([30.0] * (STREAK - 1))])
    assert [one.place for one in found] == list(range(60, 60 + STREAK - 1))


def test_a_new_level_becomes_the_past():
    dice = random.Random(6)
    found, _ = find_anomalies([*(dice.uniform(1, 2) for _ in range(60)), *([30.0] * 200)])
    assert len(found) == STREAK


def test_nobody_is_called_for_a_cent_more_or_without_a_past():
    assert find_anomalies([1.0] * 100 + [1.5])[0] == []
    assert find_anomalies([1.0] * (BASELINE_MIN - 1) + [99.0])[0] == []
