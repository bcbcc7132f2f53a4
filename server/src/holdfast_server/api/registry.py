"""`/v1/registry`, `/v1/agents`, `/v1/tools`: who is there, with what."""

from __future__ import annotations

from fastapi import APIRouter

from holdfast_server.api.door import Paged, Wired
from holdfast_server.decision.registry.entry import AgentEntry, Registered, RegistryNote, ToolEntry
from holdfast_server.kit.paging import Page

router = APIRouter(prefix="/v1", tags=["registry"])


@router.post("/registry")
async def register(services: Wired, body: RegistryNote) -> Registered:
    """Introduce agents and tool contracts."""
    return await services.registry.register(body)


@router.get("/agents")
async def list_agents(services: Wired, page: Paged) -> Page[AgentEntry]:
    """Agents, by name and version."""
    return await services.registry.agents_page(page)


@router.get("/tools")
async def list_tools(services: Wired, page: Paged) -> Page[ToolEntry]:
    """Tools and their contracts, by name."""
    return await services.registry.tools_page(page)
