"""`/v1/registry`, `/v1/agents`, `/v1/tools`: who is there, with what."""

from __future__ import annotations

from fastapi import APIRouter

from holdfast_server.api.door import Paged, Wired
from holdfast_server.decision.registry.entry import AgentEntry, Registered, RegistryNote, Review, ToolEntry
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
    """Tools with their contracts, their drift and their use, by name."""
    return await services.registry.tools_page(page, services.policies.written)


@router.get("/tools/{name:path}")
async def get_tool(services: Wired, name: str) -> ToolEntry:
    """One tool with its contract, what changed in it, and who uses it."""
    return await services.registry.tool(name, services.policies.written)


@router.post("/tools/{name:path}/review")
async def review_tool(services: Wired, name: str, body: Review) -> ToolEntry:
    """Take a tool's contract, as it is now, for the known one: what changed is not drift any more."""
    return await services.registry.review(name, body)
