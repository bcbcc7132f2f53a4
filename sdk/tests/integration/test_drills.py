"""Every drill does its damage without Holdfast, and keeps its promise with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.testing.drills.catalogue import DRILLS
from holdfast.testing.drills.drill import SAFETY_STOP_CALLS
from holdfast.testing.drills.running import play_ungoverned

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("name", DRILLS)
def test_ungoverned_agents_do_their_damage(name: str, tmp_path: Path):
    half = play_ungoverned(DRILLS[name], tmp_path)
    assert half.ended == "finished"
    assert half.damage.amount > 0
    assert half.cost_usd is not None
    assert half.cost_usd > 0
    assert half.stopped_by is None


def test_without_holdfast_only_the_safety_stop_ends_the_ping_pong(tmp_path: Path):
    half = play_ungoverned(DRILLS["ping-pong"], tmp_path)
    assert half.damage.amount == SAFETY_STOP_CALLS
