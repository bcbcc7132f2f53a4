"""Rules as people write them: each is enforced, or refused when it is loaded, and never silently nothing."""

from __future__ import annotations

import pytest
from bench.failclosed import ours
from bench.failclosed.cases import CASES, Case

BY_NAME = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))


@BY_NAME
def test_what_a_rule_forbids_does_not_run(case: Case) -> None:
    assert ours.judge(case) in {ours.DENIED, ours.AT_LOAD}


@pytest.mark.parametrize(
    "case", [one for one in CASES if one.ours], ids=lambda case: case.name.replace(" ", "-")
)
def test_the_same_call_runs_where_the_rule_is_not(case: Case) -> None:
    assert ours.judge(case, ruled=False) == ours.ALLOWED
