"""A run of fifty thousand spans, opened in a browser: scrolled, searched, followed to its failing step."""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Iterator

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from playwright.sync_api import Page, expect

from holdfast.testing.drills.serving import OwnServer

pytestmark = pytest.mark.e2e

SPANS = 50_000
FAN = 40
"""Spans a batch: itself, and model and tool calls in turn."""
FAILS_AT = 37_210
RUN = "7c" * 16
REQUEST_SPANS = 5_000
STEP_NS = 20_000_000
STORED_WAIT_S = 120.0
ROOT = 1


def test_fifty_thousand_spans_open_scroll_are_searched_and_lead_to_the_failing_step(
    server: OwnServer, page: Page, capsys: pytest.CaptureFixture[str]
) -> None:
    send(server.url)
    opened = [open_run(server.url, page) for _ in range(3)]
    with capsys.disabled():
        shown = ", ".join(f"{seconds:.2f} s" for seconds in opened)
        print(f"\n50,000 spans: time to interactive {shown}; outline {outline_ms(server.url):.0f} ms")

    tree = page.get_by_role("tree", name="Steps")
    tree.evaluate("element => element.parentElement.scrollTo(0, 30_000 * 28)")
    expect(page.get_by_role("treeitem").filter(has_text=re.compile(r"batch 7\d\d")).first).to_be_visible()
    assert page.get_by_role("treeitem").count() < 120

    page.keyboard.press("/")
    page.keyboard.type("charge_card")
    expect(page.locator("output")).to_have_text("1")
    page.keyboard.press("Escape")

    page.keyboard.press("e")
    expect(page.get_by_role("treeitem", selected=True)).to_contain_text("charge_card")
    expect(page.get_by_role("treeitem", selected=True)).to_contain_text("the card was declined")
    pane = page.get_by_role("region", name="Step execute_tool charge_card")
    expect(pane).to_contain_text("the card was declined")
    expect(page).to_have_url(re.compile(f"step={FAILS_AT:016x}"))


def open_run(url: str, page: Page) -> float:
    """Seconds from asking for the page until a key moves the selection in the drawn tree."""
    page.goto("about:blank")
    began = time.perf_counter()
    page.goto(f"{url}/runs/{RUN}", wait_until="commit")
    page.get_by_role("treeitem").first.wait_for()
    page.keyboard.press("j")
    page.get_by_role("treeitem", selected=True).wait_for()
    return time.perf_counter() - began


def outline_ms(url: str) -> float:
    began = time.perf_counter()
    httpx.get(f"{url}/v1/runs/{RUN}/outline", timeout=30).raise_for_status()
    return (time.perf_counter() - began) * 1000


def send(url: str) -> None:
    """The whole run over OTLP, and wait until all of it can be read."""
    headers = {"content-type": "application/x-protobuf", "content-encoding": "gzip"}
    for request in requests():
        body = gzip.compress(request.SerializeToString(), 1)
        httpx.post(f"{url}/v1/traces", content=body, headers=headers, timeout=60).raise_for_status()
    until = time.monotonic() + STORED_WAIT_S
    while time.monotonic() < until:
        found = httpx.get(f"{url}/v1/runs/{RUN}/outline", timeout=60)
        if found.status_code == 200 and found.json()["total"] == SPANS:
            return
        time.sleep(0.2)
    raise AssertionError("the spans were not stored in time")


def requests() -> Iterator[ExportTraceServiceRequest]:
    for first in range(ROOT, SPANS + 1, REQUEST_SPANS):
        request = ExportTraceServiceRequest()
        resource = request.resource_spans.add()
        resource.resource.attributes.append(text("service.name", "shop"))
        spans = resource.scope_spans.add().spans
        spans.extend(map(make_span, range(first, min(first + REQUEST_SPANS, SPANS + 1))))
        yield request


def make_span(place: int) -> Span:
    """The root, then batches of model and tool calls; one tool call fails."""
    head = place == ROOT or (place - 2) % FAN == 0
    start = (1_760_000_000_000 + place * 20) * 1_000_000
    length = SPANS if place == ROOT else FAN if head else 1
    parent = 0 if place == ROOT else ROOT if head else place - (place - 2) % FAN
    name, attributes = call_of(place, head=head)
    return Span(
        trace_id=bytes.fromhex(RUN),
        span_id=place.to_bytes(8),
        parent_span_id=parent.to_bytes(8) if parent else b"",
        name=name,
        start_time_unix_nano=start,
        end_time_unix_nano=start + length * STEP_NS,
        attributes=attributes,
        status=Status(code=Status.STATUS_CODE_ERROR, message="the card was declined")
        if place == FAILS_AT
        else None,
    )


def call_of(place: int, *, head: bool) -> tuple[str, list[KeyValue]]:
    if place == ROOT:
        said = [text("gen_ai.operation.name", "invoke_agent"), text("gen_ai.agent.name", "shop")]
        return "invoke_agent shop", said
    if head:
        return f"batch {(place - 2) // FAN + 1}", []
    if place % 2 and place != FAILS_AT:
        used = [number("gen_ai.usage.input_tokens", 900), number("gen_ai.usage.output_tokens", 60)]
        return "chat gpt-4o-mini", [
            text("gen_ai.operation.name", "chat"),
            text("gen_ai.request.model", "gpt-4o-mini"),
            text("gen_ai.provider.name", "openai"),
            *used,
        ]
    tool = "charge_card" if place == FAILS_AT else "label_ticket"
    return f"execute_tool {tool}", [
        text("gen_ai.operation.name", "execute_tool"),
        text("gen_ai.tool.name", tool),
    ]


def text(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))


def number(key: str, value: int) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(int_value=value))
