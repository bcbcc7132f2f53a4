"""The journal says what happened, in order, whoever wrote it."""

from __future__ import annotations

from pathlib import Path

from holdfast.testing.drills.world import World


def test_what_happened_is_counted_by_kind_and_kept_in_order(tmp_path: Path):
    world = World(tmp_path / "world.jsonl")
    world.happened("deleted", environment="staging")
    world.happened("patched")
    World(tmp_path / "world.jsonl").happened("deleted", environment="production")
    assert world.count("deleted") == 2
    assert [event.facts["environment"] for event in world.events("deleted")] == ["staging", "production"]
    assert [event.what for event in world.events()] == ["deleted", "patched", "deleted"]


def test_a_world_in_which_nothing_happened_is_empty(tmp_path: Path):
    assert list(World(tmp_path / "world.jsonl").events()) == []
