"""OTLP over gRPC, on the standard port: the same intake as over HTTP, with gRPC's words for its answers."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, cast

import structlog

from holdfast_server.action.otlp.answer import encode_answer
from holdfast_server.action.otlp.decode import PROTOBUF, decode
from holdfast_server.action.otlp.frames import Kind
from holdfast_server.errors import HoldfastError, Invalid, Misconfigured, TooLarge, Unavailable
from holdfast_server.kit.clock import system_clock
from holdfast_server.services import Services

if TYPE_CHECKING:
    from grpc.aio import Server, ServicerContext

    Handler = Callable[[bytes, ServicerContext[bytes, bytes]], Awaitable[bytes]]

log = structlog.get_logger(__name__)

SERVICES: Final[dict[str, Kind]] = {
    "opentelemetry.proto.collector.trace.v1.TraceService": "traces",
    "opentelemetry.proto.collector.logs.v1.LogsService": "logs",
}
CALLS_MAX: Final = 64
"""Requests at a time; beyond it senders are told to wait."""


async def start_grpc(services: Services, host: str, port: int) -> Server | None:
    """Listen for gRPC; None when the port is taken.

    Raises:
        Misconfigured: the library is not installed.
    """
    try:
        import grpc
        import grpc.aio
    except ImportError as error:  # pragma: no cover
        raise Misconfigured(f"gRPC cannot be loaded: {error}", hint="Install grpcio.") from error
    options = [
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", services.settings.limits.otlp_inflated_bytes),
    ]
    server = grpc.aio.server(options=options, maximum_concurrent_rpcs=CALLS_MAX)
    for name, kind in SERVICES.items():
        export = cast("Any", grpc.unary_unary_rpc_method_handler)(_handler(services, kind))
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, {"Export": export}),))
    try:
        taken = server.add_insecure_port(f"{host if ':' not in host else f'[{host}]'}:{port}")
    except RuntimeError:
        await server.stop(0)
        return None
    await server.start()
    services.doors.grpc_port = taken
    log.info("grpc_listening", port=taken)
    return server


def _handler(services: Services, kind: Kind) -> Handler:
    import grpc

    codes: list[tuple[type[HoldfastError], Any]] = [
        (Unavailable, grpc.StatusCode.UNAVAILABLE),
        (TooLarge, grpc.StatusCode.RESOURCE_EXHAUSTED),
        (Invalid, grpc.StatusCode.INVALID_ARGUMENT),
    ]

    async def export(body: bytes, context: ServicerContext[bytes, bytes]) -> bytes:
        if not _may(services, context):
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "the access key is missing or wrong")
        try:
            rejected = await services.intake.take(decode(body, PROTOBUF, kind, now_ns=system_clock()))
        except HoldfastError as error:
            found = (code for fault, code in codes if isinstance(error, fault))
            await context.abort(next(found, grpc.StatusCode.INTERNAL), str(error))
        return encode_answer(rejected, PROTOBUF, kind)

    return export


def _may(services: Services, context: ServicerContext[bytes, bytes]) -> bool:
    key = services.settings.access.key
    if key is None:
        return True
    said = dict(context.invocation_metadata() or ())
    scheme, _, shown = str(said.get("authorization", "")).partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(shown.encode(), key.encode())
