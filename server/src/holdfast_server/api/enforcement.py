"""`/v1/enforcement`: how much each rule counts; `/v1/steps/{step}/false-block`: that a refusal was wrong."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from holdfast_server.api.door import Wired
from holdfast_server.decision.enforcement.enforcement import FalseBlock, FalseBlockAsk, LevelAsk, RuleLevel
from holdfast_server.decision.policies.edition import EditorAsk
from holdfast_server.kit.wire import Wire

router = APIRouter(tags=["policies"])

Rule = Annotated[str, Path(max_length=300)]
Step = Annotated[str, Path(max_length=64)]


class RuleLevels(Wire):
    """Every rule that may refuse."""

    items: list[RuleLevel]


class FalseBlocks(Wire):
    """What was called wrong, rule by rule."""

    items: list[FalseBlock]


@router.get("/v1/enforcement")
async def list_levels(services: Wired) -> RuleLevels:
    """How much each rule counts, what it refused or would have, and how often that was called wrong."""
    return RuleLevels(items=await services.enforcements.all())


@router.put("/v1/enforcement/{rule:path}")
async def put_level(services: Wired, rule: Rule, ask: LevelAsk) -> RuleLevel:
    """Set how much a rule counts; it goes before the level that stands with the rule."""
    return await services.enforcements.put(rule, ask)


@router.delete("/v1/enforcement/{rule:path}")
async def forget_level(services: Wired, rule: Rule, ask: EditorAsk) -> RuleLevel:
    """Let a rule count again as it says itself."""
    return await services.enforcements.forget(rule, by=ask.by)


@router.post("/v1/steps/{step}/false-block", status_code=201)
async def call_wrong(services: Wired, step: Step, ask: FalseBlockAsk) -> FalseBlocks:
    """Say that a refusal was wrong: a rule of which too many are steps back by itself."""
    return FalseBlocks(items=await services.enforcements.call_wrong(step, ask))


@router.delete("/v1/steps/{step}/false-block", status_code=204)
async def take_back(services: Wired, step: Step) -> None:
    """Say that the refusal was right after all."""
    await services.enforcements.take_back(step)
