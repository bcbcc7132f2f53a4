"""`/v1/gateway`: virtual keys, providers and routes of the model gateway, and how it does."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request, Response

from holdfast_server.access.keys.key import (
    GatewayKey,
    GatewayKeyAsk,
    NewGatewayKey,
    RevokeAsk,
    RotateAsk,
)
from holdfast_server.action.llm.desk.provider import (
    GatewayProvider,
    GatewayProviderAsk,
    ProviderChecked,
    RemovedBy,
    ResealAsk,
    VaultRotated,
)
from holdfast_server.action.llm.desk.report import NodeReport
from holdfast_server.action.llm.desk.route import GatewayRoute, GatewayRouteAsk
from holdfast_server.action.llm.desk.status import GatewayCall, GatewayStatus, Played, PlaygroundAsk
from holdfast_server.action.otlp.frames import digest_of
from holdfast_server.action.otlp.plain import MEDIA
from holdfast_server.action.otlp.reading_plain import decode_plain
from holdfast_server.api.body import inflate, media_type, read_body, read_encoded
from holdfast_server.api.door import Paged, Wired
from holdfast_server.errors import Invalid
from holdfast_server.kit.clock import system_clock
from holdfast_server.kit.paging import Page

router = APIRouter(prefix="/v1/gateway", tags=["gateway"])

_decode = msgspec.json.Decoder(NodeReport).decode


@router.get("")
async def gateway_status(services: Wired) -> GatewayStatus:
    """Where the gateway listens, its workers, how the providers do, and what the caches saved."""
    return services.gateway.nodes.status()


@router.get("/calls")
async def list_gateway_calls(
    services: Wired, page: Paged, live: Annotated[bool | None, Query()] = None
) -> Page[GatewayCall]:
    """Calls under way, then those that ended, newest first; with `live` only one kind of them."""
    return await services.calls.page(services.gateway.nodes.calls(), page, live=live)


@router.post("/playground")
async def play_gateway(services: Wired, body: PlaygroundAsk) -> Played:
    """Send a call through the gateway as the holder of a key, or as an agent."""
    return await services.gateway.play(body)


@router.put(
    "/nodes/{node}",
    status_code=204,
    response_class=Response,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    },
)
async def report_gateway_node(services: Wired, node: str, request: Request) -> None:
    """A gateway's process tells of itself, every second."""
    most = services.settings.limits.body_bytes
    content = await read_body(request, compressed_max=most, max_bytes=most)
    try:
        report = _decode(content)
    except msgspec.MsgspecError as error:
        raise Invalid(f"the body is no report of a gateway: {error}") from error
    if report.name != node:
        raise Invalid(f"the report is of {report.name[:64]}, not of {node[:64]}")
    await services.gateway.hear(report)


@router.post(
    "/spans",
    status_code=204,
    response_class=Response,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {MEDIA: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def take_gateway_spans(services: Wired, request: Request) -> None:
    """Spans of calls that passed a gateway, as plain values; what was answered for survives a kill."""
    media_type(request, allowed=(MEDIA,))
    limits = services.settings.limits
    body, encoding = await read_encoded(request, max_bytes=limits.otlp_bytes)
    whole = inflate(body, encoding, limits.otlp_inflated_bytes)
    await services.intake.take(decode_plain(whole, now_ns=system_clock(), digest=digest_of(body)))


@router.get("/keys")
async def list_gateway_keys(services: Wired, page: Paged) -> Page[GatewayKey]:
    """Virtual keys, newest first."""
    return await services.gateway.list_keys(page)


@router.post("/keys", status_code=201)
async def make_gateway_key(services: Wired, body: GatewayKeyAsk) -> NewGatewayKey:
    """Make a key; its secret is in this answer and nowhere else, ever."""
    return await services.gateway.make_key(body)


@router.get("/keys/{key}")
async def get_gateway_key(services: Wired, key: str) -> GatewayKey:
    """One key."""
    return await services.gateway.get_key(key)


@router.post("/keys/{key}/rotate")
async def rotate_gateway_key(services: Wired, key: str, body: RotateAsk) -> NewGatewayKey:
    """Another secret for the same key; the old one stays good for `grace_s`."""
    return await services.gateway.rotate_key(key, body)


@router.post("/keys/{key}/revoke")
async def revoke_gateway_key(services: Wired, key: str, body: RevokeAsk) -> GatewayKey:
    """A key is good no longer, at once and everywhere."""
    return await services.gateway.revoke_key(key, body)


@router.get("/providers")
async def list_gateway_providers(services: Wired, page: Paged) -> Page[GatewayProvider]:
    """Providers, in the order in which they are asked for a model that is no alias."""
    return await services.gateway.list_providers(page)


@router.get("/providers/{provider}")
async def get_gateway_provider(services: Wired, provider: str) -> GatewayProvider:
    """One provider, without its secret."""
    return await services.gateway.get_provider(provider)


@router.put("/providers/{provider}")
async def put_gateway_provider(services: Wired, provider: str, body: GatewayProviderAsk) -> GatewayProvider:
    """Store a provider; its secret is sealed, and never comes back."""
    return await services.gateway.put_provider(provider, body)


@router.delete("/providers/{provider}")
async def remove_gateway_provider(services: Wired, provider: str, body: RemovedBy) -> GatewayProvider:
    """Forget a provider and its secret."""
    return await services.gateway.remove_provider(provider, by=body.by)


@router.post("/providers/{provider}/check")
async def check_gateway_provider(services: Wired, provider: str) -> ProviderChecked:
    """Ask a provider for its models, with the stored secret."""
    return await services.gateway.check_provider(provider)


@router.get("/routes")
async def list_gateway_routes(services: Wired, page: Paged) -> Page[GatewayRoute]:
    """Routes, by alias."""
    return await services.gateway.list_routes(page)


@router.get("/routes/{alias}")
async def get_gateway_route(services: Wired, alias: str) -> GatewayRoute:
    """One route."""
    return await services.gateway.get_route(alias)


@router.put("/routes/{alias}")
async def put_gateway_route(services: Wired, alias: str, body: GatewayRouteAsk) -> GatewayRoute:
    """Let an alias lead to these models."""
    return await services.gateway.put_route(alias, body)


@router.delete("/routes/{alias}")
async def remove_gateway_route(services: Wired, alias: str, body: RemovedBy) -> GatewayRoute:
    """Forget a route."""
    return await services.gateway.remove_route(alias, by=body.by)


@router.post("/vault/rotate")
async def rotate_gateway_vault(services: Wired, body: ResealAsk) -> VaultRotated:
    """Seal every stored secret with a new key of the vault."""
    return VaultRotated(secrets=await services.gateway.rotate_vault(by=body.by))
