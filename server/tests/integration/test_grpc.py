"""OTLP over gRPC: the same intake by another door."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2_grpc import LogsServiceStub
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import Link

from holdfast_server.errors import Congested

KEY = "a-long-enough-access-key"


@pytest.fixture
def control_url() -> str:
    return "sqlite://"


async def listen(here: Any) -> tuple[Any, grpc.aio.Channel]:
    from holdfast_server.api.grpc import start_grpc

    server = await start_grpc(here.services, "127.0.0.1", 0)
    assert server is not None
    return server, grpc.aio.insecure_channel(f"127.0.0.1:{here.services.doors.grpc_port}")


async def test_spans_come_in_by_grpc(here, trace_request):
    server, channel = await listen(here)
    trace = secrets.token_bytes(16)
    request = trace_request(3, trace=trace)
    request.resource_spans[0].scope_spans[0].spans[2].span_id = b""
    answer = await TraceServiceStub(channel).Export(request, compression=grpc.Compression.Gzip)
    assert answer.partial_success.rejected_spans == 1
    assert "span 2" in answer.partial_success.error_message
    assert (
        await LogsServiceStub(channel).Export(ExportLogsServiceRequest())
    ).partial_success.rejected_log_records == 0
    await here.stored()
    assert (await here.http.get(f"/v1/runs/{trace.hex()}")).json()["agent"] == "shop"
    assert (await here.http.get("/v1/health")).json()["grpc_port"] == here.services.doors.grpc_port
    await channel.close()
    await server.stop(0)


async def test_links_of_opentelemetrys_own_exporter_are_found_from_both_ends(here):
    server, channel = await listen(here)
    ids = await asyncio.to_thread(export_linked, f"http://127.0.0.1:{here.services.doors.grpc_port}")
    await here.stored()
    (asked, asked_span), (worked, worked_span) = ids
    (told,) = (await here.http.get(f"/v1/runs/{worked}/links")).json()["links"]
    assert (told["step"], told["direction"]) == (worked_span, "to")
    assert (told["other_run"], told["other_step"], told["agent"]) == (asked, asked_span, "planner")
    (heard,) = (await here.http.get(f"/v1/runs/{asked}/links")).json()["links"]
    assert (heard["direction"], heard["other_run"], heard["other_step"]) == ("from", worked, worked_span)
    (edge,) = (await here.http.get(f"/v1/runs/{worked}/edges")).json()["edges"]
    assert (edge["kind"], edge["source"], edge["target"]) == ("link", "planner", "worker")
    step = (await here.http.get(f"/v1/steps/{worked_span}", params={"trace": worked})).json()
    assert [one["attributes"] for one in step["links"]] == [{"messaging.system": "kafka", "position": 7}]
    await channel.close()
    await server.stop(0)


def export_linked(endpoint: str) -> list[tuple[str, str]]:
    """Two traces, as OpenTelemetry's SDK sends them, of which the second names a span of the first."""
    provider = TracerProvider(resource=Resource.create({"service.name": "shop"}))
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(endpoint, insecure=True)))
    tracer, found = provider.get_tracer("queue"), []
    for agent in ("planner", "worker"):
        about = {"messaging.system": "kafka", "position": 7}
        links = [Link(context, about) for context in found]
        said = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": agent}
        with tracer.start_as_current_span(f"invoke_agent {agent}", links=links, attributes=said) as span:
            found.append(span.get_span_context())
    provider.shutdown()
    return [(f"{one.trace_id:032x}", f"{one.span_id:016x}") for one in found]


async def test_what_is_refused_has_grpcs_own_word(here, trace_request, monkeypatch):
    server, channel = await listen(here)

    async def wait(_: object) -> None:
        raise Congested("later", retry_after_s=2)

    monkeypatch.setattr(here.services.intake, "take", wait)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await TraceServiceStub(channel).Export(trace_request(1))
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    raw: Callable[..., Any] = channel.unary_unary(
        "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
    )
    with pytest.raises(grpc.aio.AioRpcError) as malformed:
        await raw(b"\xff\xff\xff")
    assert malformed.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    await channel.close()
    await server.stop(0)


async def test_the_access_key_is_asked_for(start_here, trace_request):
    from holdfast_server.settings import Access

    async with start_here(access=Access(key=KEY)) as here:
        server, channel = await listen(here)
        stub = TraceServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.Export(trace_request(1))
        assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
        told = (("authorization", f"Bearer {KEY}"),)
        assert await stub.Export(trace_request(1), metadata=told) is not None
        await channel.close()
        await server.stop(0)


async def test_a_port_that_is_taken_is_left_alone(here):
    from holdfast_server.api.grpc import start_grpc

    server, channel = await listen(here)
    taken = here.services.doors.grpc_port
    assert await start_grpc(here.services, "127.0.0.1", taken) is None
    await channel.close()
    await server.stop(0)


def test_the_server_listens_for_grpc_when_it_is_told_to(up):
    server = up(None, "--grpc-port", "0")
    port = server.wait_for(lambda: server.health()["grpc_port"])
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        assert (
            TraceServiceStub(channel).Export(ExportTraceServiceRequest()).partial_success.rejected_spans == 0
        )
    assert server.stop() == 0


def test_the_port_of_grpc_is_left_alone_with_the_other_standard_port(up):
    assert up().health()["grpc_port"] is None
