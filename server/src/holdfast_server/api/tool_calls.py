"""`/v1/runs/{run}/tool-calls`: what models asked for, paired with what was run."""

from __future__ import annotations

from fastapi import APIRouter

from holdfast_server.api.door import Wired
from holdfast_server.insight.dialects.tool_calls import ToolCallList

router = APIRouter(tags=["runs"])


@router.get("/v1/runs/{run}/tool-calls")
async def list_tool_calls(services: Wired, run: str) -> ToolCallList:
    """The tool calls of a run, each with who asked for it, who ran it and what came back."""
    return await services.tool_calls.list(run)
