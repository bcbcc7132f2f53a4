"""`/v1/hooks`: AGENT-HOOKS 0.1, for hosts that speak it."""

from __future__ import annotations

from fastapi import APIRouter

from holdfast_server.api.door import Wired
from holdfast_server.decision.decisions.hooks import AgentContext, HookResponse

router = APIRouter(prefix="/v1", tags=["decisions"])


@router.post("/hooks", response_model_exclude_none=True)
async def intercept(services: Wired, body: AgentContext) -> HookResponse:
    """A hosted interceptor: judge what an agent is about to do; any other status than 200 is a refusal."""
    return await services.hooks.intercept(body)
