"""`/v1/presets`: what policies can be made of."""

from __future__ import annotations

from fastapi import APIRouter

from holdfast_server.decision.policies.presets import Presets, list_presets

router = APIRouter(tags=["policies"])


@router.get("/v1/presets")
async def presets() -> Presets:
    """Every preset and every pack: settings as JSON Schema, an example, the Cedar that it becomes."""
    return list_presets()
