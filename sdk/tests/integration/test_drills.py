"""Every drill does its damage without Holdfast, and keeps its promise with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.testing.drills.catalogue import DRILLS
from holdfast.testing.drills.cost_spiral import BUDGET_USD
from holdfast.testing.drills.drill import SAFETY_STOP_CALLS, Half
from holdfast.testing.drills.ping_pong import EXCHANGES_MAX
from holdfast.testing.drills.running import Conditions, judge, play_governed, play_ungoverned
from holdfast.testing.drills.serving import can_serve
from holdfast.testing.drills.world import JOURNAL, World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

served = pytest.mark.skipif(not can_serve(), reason="holdfast-server is not installed")


def govern(name: str, folder: Path, conditions: Conditions | None = None) -> tuple[Half, World]:
    """Play the governed half, which must keep its promise and leave a ledger that verifies."""
    drill = DRILLS[name]
    half = play_governed(drill, folder, conditions or Conditions())
    world = World(folder / JOURNAL)
    assert judge(drill, half, world) == ""
    assert half.ledger_ok is True
    return half, world


@pytest.mark.parametrize("name", DRILLS)
def test_ungoverned_agents_do_their_damage(name: str, tmp_path: Path):
    half = play_ungoverned(DRILLS[name], tmp_path)
    assert half.ended == "finished"
    assert half.damage.amount > 0
    assert half.cost_usd is not None
    assert half.cost_usd > 0
    assert half.stopped_by is None
    if name == "ping-pong":
        assert half.damage.amount == SAFETY_STOP_CALLS, "only the safety stop ends it"


def test_the_ping_pong_is_halted_by_the_tenth_exchange(tmp_path: Path):
    half, world = govern("ping-pong", tmp_path)
    assert half.stopped_by == "holdfast:detector:exchanges"
    assert world.count("exchange") <= EXCHANGES_MAX
    assert half.ended.startswith("halted")


def test_the_budget_holds_with_branches_in_parallel(tmp_path: Path):
    half, _ = govern("cost-spiral", tmp_path)
    assert half.stopped_by == "holdfast:budget"
    assert half.cost_usd is not None
    assert BUDGET_USD / 2 < half.cost_usd <= BUDGET_USD


def test_the_storm_ends_after_a_handful_of_errors_of_one_class(tmp_path: Path):
    half, _ = govern("retry-storm", tmp_path)
    assert half.stopped_by == "holdfast:detector:same_errors"


def test_production_lives_and_the_agent_goes_on_with_safe_work(tmp_path: Path):
    half, world = govern("drop-production", tmp_path)
    assert [event.facts["environment"] for event in world.events("deleted")] == ["staging"]
    assert half.stopped_by is not None
    assert half.stopped_by.startswith("production/")
    assert half.ended == "finished"


@served
def test_the_edited_discount_is_granted_once_though_the_server_was_killed_in_between(tmp_path: Path):
    half, world = govern("rogue-discount", tmp_path)
    assert [event.facts["percent"] for event in world.events("granted")] == [15]
    assert half.stopped_by == "discounts/threshold/approve"


@served
def test_a_refused_discount_is_not_granted_and_the_agent_goes_on(tmp_path: Path):
    half, world = govern("rogue-discount", tmp_path, Conditions(answer="refuse"))
    assert world.count("granted") == 0
    assert half.ended == "finished"
