"""Span links in the graph of a run as it ran: a bow within the run, a mark where one leads out of it."""

from __future__ import annotations

import re
import time

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from playwright.sync_api import Page, expect

from holdfast.testing.drills.serving import OwnServer

pytestmark = pytest.mark.e2e

PROTOBUF = {"content-type": "application/x-protobuf"}
STORED_WAIT_S = 60.0
ASKED, WORKED = "a1" * 16, "b2" * 16


def test_links_are_bows_between_rows_and_lead_to_the_other_run(server: OwnServer, page: Page) -> None:
    send(server.url, make_run(ASKED, "planner"))
    send(server.url, make_run(WORKED, "worker", others=((WORKED, 2), (ASKED, 1))))
    page.goto(f"{server.url}/runs/{WORKED}?view=graph&graph=as-it-ran")
    rows = page.get_by_role("listbox", name="Steps as they ran").get_by_role("option")
    expect(rows).to_have_count(5)
    bows = rows.locator("svg[class*=bows] path")
    expect(bows).to_have_count(6)
    drawn = [bows.nth(place).get_attribute("d") or "" for place in range(bows.count())]
    assert [bool(path) for path in drawn] == [False, True, True, True, True, True], drawn
    named = rows.nth(4).get_by_role("link", name="names planner")
    expect(named).to_be_visible()
    named.click()
    expect(page).to_have_url(re.compile(f"/runs/{ASKED}.*step={1:016x}"))


def make_run(
    trace: str, agent: str, *, others: tuple[tuple[str, int], ...] = ()
) -> ExportTraceServiceRequest:
    """An agent and four calls of its tools, of which the last names `others`."""
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    now = time.time_ns()
    for place in range(5):
        span = scope.spans.add(trace_id=bytes.fromhex(trace), span_id=(place + 1).to_bytes(8, "big"))
        span.start_time_unix_nano, span.end_time_unix_nano = now + place * 1_000_000, now + 9_000_000
        said = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": f"tool-{place}"}
        if place:
            span.parent_span_id = scope.spans[0].span_id
        else:
            said = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": agent}
        span.attributes.extend(
            KeyValue(key=key, value=AnyValue(string_value=one)) for key, one in said.items()
        )
    for other, step in others:
        span.links.add(trace_id=bytes.fromhex(other), span_id=step.to_bytes(8, "big"))
    return request


def send(url: str, request: ExportTraceServiceRequest) -> None:
    """Send it, and wait until it is stored."""
    with httpx.Client(base_url=url) as client:
        answer = client.post("/v1/traces", content=request.SerializeToString(), headers=PROTOBUF)
        assert answer.status_code == 200, answer.text
        end = time.monotonic() + STORED_WAIT_S
        while client.get("/v1/health").json()["spans"]["pending"]:
            assert time.monotonic() < end, "it was not stored in time"
            time.sleep(0.05)
