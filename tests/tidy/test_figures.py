"""The figures of the detectors are those that the recorded runs give, and they hold their bars."""

from __future__ import annotations

import json

import pytest
from bench.runaway import run
from bench.runaway.corpora import DATA, is_present


@pytest.mark.skipif(not is_present(), reason=f"SKIPPED: there are no recorded runs at {DATA}")
def test_the_figures_that_were_kept_are_those_that_are_measured() -> None:
    assert json.loads(run.FIGURES.read_text()) == run.measure(), "run `python -m bench.runaway --keep`"


def test_no_false_alarm_every_scenario_right_half_of_what_burns_out_is_stopped() -> None:
    figures = json.loads(run.FIGURES.read_text())
    assert run.missed(figures) == []
    assert {one["ending"] for one in figures["groups"]} == {"right", "wrong", "halted"}
