"""What one half of a drill came to: counted by the world and the provider, with the ledger as the witness."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from holdfast.record.price import Usage, price
from holdfast.testing.drills.drill import Damage, Drill, Half
from holdfast.testing.drills.witness import Witness
from holdfast.testing.drills.world import Event, World
from holdfast.testing.provider import Stats

ENDINGS: Final = ("finished", "halted", "failed")
SILENCE: Final = "failed: the process ended without a word"


def measure(drill: Drill, world: World, stats: Stats, data: Path) -> Half:
    """Measure a half that has been played."""
    cost_usd, witness, end = cost_of(stats), Witness.read(data), _ending(world)
    return Half(
        calls=stats.answered,
        cost_usd=cost_usd,
        damage=drill.damage(world, cost_usd or 0.0),
        seconds=(end.at_ns - stats.first_at_ns) / 1e9 if end and stats.first_at_ns else 0.0,
        stopped_by=witness.rule,
        stopped_at=drill.steps(world) if witness.rule else None,
        ended=f"{end.what}: {end.facts.get('text', '')}".removesuffix(": ") if end else SILENCE,
        ledger_ok=witness.ok,
    )


def cost_of(stats: Stats) -> float | None:
    """The price of every token the provider says it served; None when one model has no price."""
    total = 0.0
    for model, spent in stats.spent_by_model.items():
        usage = Usage(spent.input, spent.output, cache_read=spent.cached, reasoning=spent.reasoning)
        priced = price("anthropic" if model.startswith("claude") else "openai", model, usage)
        if priced.cost_usd is None:
            return None
        total += float(priced.cost_usd)
    return total


def nothing(why: str) -> Half:
    """A half that could not be played."""
    return Half(calls=0, cost_usd=None, damage=Damage(0, "not played"), seconds=0.0, problem=why)


def _ending(world: World) -> Event | None:
    return next((event for event in world.events() if event.what in ENDINGS), None)
