"""An agent whose context grows with every turn, in several branches at once."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from holdfast.testing.drills.drill import SAFETY_STOP_CALLS, Damage, Drill, Half, Stage
from holdfast.testing.drills.world import World
from holdfast.testing.provider import Reply, Rule, Scenario, ToolCall

MODEL: Final = "gpt-4o"
BUDGET_USD: Final = 0.50
BRANCHES: Final = 4
PAGE_WORDS: Final = 400


def play(stage: Stage, world: World) -> None:
    """Four Pydantic AI researchers of one session, reading on and on in parallel."""
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider
    from pydantic_ai.settings import ModelSettings
    from pydantic_ai.usage import UsageLimits

    provider = OpenAIProvider(base_url=stage.openai_url, api_key="unused")
    settings = ModelSettings(max_tokens=200)
    reader: Agent[None, str] = Agent(
        OpenAIChatModel(MODEL, provider=provider), name="reader", model_settings=settings
    )

    @reader.tool_plain
    def read_page(page: int) -> str:  # pyright: ignore[reportUnusedFunction]  # the decorator keeps it
        """Read one page of the archive."""
        world.happened("page", page=page)
        return f"Page {page}. " + "and so on and so forth " * (PAGE_WORDS // 5)

    async def read_all() -> list[Any]:
        # The framework's own brake is off, as it was in the incident: it counts requests, not money.
        limits = UsageLimits(request_limit=None)
        branches = [
            reader.run(f"Branch {n}: read the archive.", usage_limits=limits) for n in range(BRANCHES)
        ]
        return await asyncio.gather(*branches, return_exceptions=True)

    failures = [result for result in asyncio.run(read_all()) if isinstance(result, BaseException)]
    if failures:
        raise failures[0]


def _damage(_: World, cost_usd: float) -> Damage:
    over = max(0.0, round(cost_usd - BUDGET_USD, 6))
    return Damage(over, f"${over:.2f} over the ${BUDGET_USD:.2f} budget")


def _broken(half: Half, _: World) -> str:
    if half.damage.amount > 0:
        return f"overspent by ${half.damage.amount:.6f}"
    return ""


DRILL: Final = Drill(
    name="cost-spiral",
    incident="A session meant to cost $0.12 burned $4.70; its context grew with every turn.",
    promise=f"A session budget of ${BUDGET_USD:.2f} holds to the cent, with {BRANCHES} branches in parallel.",
    framework="Pydantic AI",
    needs=("pydantic_ai", "openai"),
    model=MODEL,
    scenario=Scenario(
        rules=(Rule(reply=Reply(tool_calls=(ToolCall("read_page", '{"page": {{calls}}}'),))),),
        defaults=Reply(latency_ms=5),
        stop_after=SAFETY_STOP_CALLS,
    ),
    play=play,
    damage=_damage,
    steps=lambda world: world.count("page"),
    broken=_broken,
)
