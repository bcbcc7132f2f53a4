"""What instrumentations really send, against what the provider itself counted."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from holdfast_server.action.otlp.billing import Pricer
from holdfast_server.action.otlp.decode import JSON, decode
from holdfast_server.action.otlp.dialects.lookup import find_entry
from holdfast_server.action.otlp.joining import Joining
from holdfast_server.action.otlp.normalise import normalise, read_attributes
from holdfast_server.record.pricing import price_usage
from holdfast_server.record.spans.span import Span

SHARED = Path(__file__).parents[6] / "shared" / "data"
CAPTURES = SHARED / "otlp-captures"
NAMES = sorted(path.stem for path in CAPTURES.glob("*.json")) or ["none"]

NO_CALLS: Final = {"requests": 0, "input_tokens": 0, "output_tokens": 0, "cached_tokens": 0}
ONE_OF_THREE: Final = {"input_tokens": 120, "output_tokens": 18, "cached_tokens": 20}
NO_TOKENS: Final = {"input_tokens": 0, "output_tokens": 0, "cached_tokens": 0}
MISSING: Final[dict[str, dict[str, int]]] = {
    "anthropic-native": {"tool_calls": 0},
    "autogen-openinference": {"cached_tokens": 0},
    "claude-agent-sdk-openinference": NO_CALLS,
    "crewai-openllmetry": {**NO_CALLS, "tool_calls": 0},
    "langgraph-openinference-error-stream": ONE_OF_THREE,
    "langgraph-openllmetry-error-stream": ONE_OF_THREE,
    "llama-index-openinference": NO_TOKENS,
    "llama-index-openllmetry": NO_TOKENS,
    "openai-agents-otel-genai": {**NO_CALLS, "tool_calls": 2},
    "smolagents-openinference": {"cached_tokens": 0},
    "smolagents-otel-genai": {**NO_CALLS, "tool_calls": 0},
}
"""What a payload does not carry, and what is seen of it; nothing may be made up in its place."""


def read(name: str) -> tuple[dict[str, int], list[ExportTraceServiceRequest]]:
    path = CAPTURES / f"{name}.json"
    if not path.exists():
        pytest.skip("../shared/data/otlp-captures is not here: real captures are not checked")
    capture = json.loads(path.read_text())
    joining = Joining()
    for logs in capture["logs"]:
        joining.take_logs(decode(json.dumps(logs).encode(), JSON, "logs").request)
    requests = [decode(json.dumps(one).encode(), JSON).request for one in capture["traces"]]
    for place, request in enumerate(requests):
        joining.take_spans(request, place)
    return capture["meta"]["truth"], requests


def spans_of(requests: list[ExportTraceServiceRequest]) -> list[Span]:
    return list(Pricer(price_usage).bill(span for request in requests for span in normalise(request)))


def count(spans: list[Span]) -> dict[str, int]:
    calls = [one for one in spans if one.billed and one.operation != "embeddings"]
    return {
        "requests": len(calls),
        "input_tokens": sum(one.tokens_in for one in calls),
        "output_tokens": sum(one.tokens_out for one in calls),
        "cached_tokens": sum(one.usage.get("cache_read", 0) for one in calls),
        "tool_calls": sum(one.tool_calls for one in spans),
    }


@pytest.mark.parametrize("name", NAMES)
def test_what_is_counted_is_what_the_provider_counted(name: str) -> None:
    truth, requests = read(name)
    if not truth:
        return  # no model in this run, or one that nobody counted
    if "messages" in truth:  # by the conventions cached tokens stand inside the input
        truth = {**truth, "input_tokens": truth["input_tokens"] + truth["cached_tokens"]}
    found = count(spans_of(requests))
    assert found == {key: truth[key] for key in found} | MISSING.get(name, {})


@pytest.mark.parametrize("name", NAMES)
def test_counting_does_not_depend_on_how_spans_arrive(name: str) -> None:
    _, requests = read(name)
    one_by_one = Pricer(price_usage)
    spans = sorted((span for request in requests for span in normalise(request)), key=lambda one: one.end_ns)
    assert count([span for one in spans for span in one_by_one.bill([one])]) == count(spans_of(requests))


@pytest.mark.parametrize("name", NAMES)
def test_the_same_spans_again_are_the_same(name: str) -> None:
    _, requests = read(name)
    pricer = Pricer(price_usage)
    spans = [span for request in requests for span in normalise(request)]
    before = {span.span_id: (span.counted, span.billed, span.same_as) for span in pricer.bill(spans)}
    again = {span.span_id: (span.counted, span.billed, span.same_as) for span in pricer.bill(spans)}
    assert again == before


def _sent() -> Iterator[tuple[str, dict[str, Any], Span]]:
    """Every span as it came and as it was read."""
    requests = [one for name in NAMES if name != "none" for one in read(name)[1]]
    fixtures = SHARED / "otlp_fixtures" / "requests.jsonl.gz"
    if not fixtures.exists():
        pytest.skip("../shared/data/otlp_fixtures is not here: foreign fixtures are not checked")
    lines = map(json.loads, gzip.decompress(fixtures.read_bytes()).splitlines())
    for line in lines:
        arrived = decode(json.dumps(line["request"]).encode(), JSON)
        # One fixture has nothing but zeros for ids, and no place in any trace.
        assert not arrived.rejected or "or zero" in arrived.rejected[0].reason
        requests.append(arrived.request)
    for request in requests:
        raw = [
            span
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        for came, span in zip(raw, normalise(request), strict=True):
            yield came.name, read_attributes(came.attributes), span


def test_no_attribute_is_lost() -> None:
    seen = 0
    for name, said, span in _sent():
        assert set(span.attributes) <= set(said)
        for key in set(said) - set(span.attributes):
            entry = find_entry(key)
            assert entry.field or entry.part, f"{key} of {name} is gone and no table lists it"
            if entry.field and isinstance(said[key], str):
                assert said[key] in (span.input, span.output), f"{key} of {name} is gone"
        assert all(key in span.attributes for key in span.not_understood)
        seen += 1
    assert seen > 700


def test_what_is_not_understood_is_little_and_named() -> None:
    strange = {key for _, _, span in _sent() for key in span.not_understood}
    assert strange < {
        *("message", "data", "name", "output", "input", "tools", "tracing", "type", "metadata", "url"),
        *("new_span_attribute", "tool_choice", "first_content_at"),
    }


@pytest.mark.parametrize("order", [NAMES, NAMES[::-1]])
def test_runs_that_happen_to_use_the_same_ids_are_not_mixed_up(order: list[str]) -> None:
    pricer = Pricer(price_usage)
    for name in order:
        _, requests = read(name)
        together = pricer.bill(span for request in requests for span in normalise(request))
        assert count(list(together)) == count(spans_of(requests)), name
