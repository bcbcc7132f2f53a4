"""Five dialects, one meaning; whatever is not understood is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from holdfast_server.action.otlp.billing import Pricer
from holdfast_server.action.otlp.decode import JSON, decode
from holdfast_server.action.otlp.normalise import normalise
from holdfast_server.record.pricing import price_usage
from holdfast_server.record.spans.span import Span


def value(plain: Any) -> dict[str, Any]:
    return {"intValue": str(plain)} if isinstance(plain, int) else {"stringValue": plain}


def read(*attributes: dict[str, Any], parents: tuple[int | None, ...] = ()) -> list[Span]:
    """Spans with these attributes; `parents` names each one's parent by its place."""
    spans = []
    for place, said in enumerate(attributes):
        parent = parents[place] if parents else None
        spans.append(
            {
                "traceId": "01" * 16,
                "spanId": f"{place + 1:016x}",
                "parentSpanId": "" if parent is None else f"{parent + 1:016x}",
                "name": f"span {place}",
                "startTimeUnixNano": "1000",
                "endTimeUnixNano": str(9000 - place),
                "attributes": [{"key": key, "value": value(one)} for key, one in said.items()],
            }
        )
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode()
    return list(normalise(decode(body, JSON).request))


@pytest.mark.parametrize(
    "said",
    [
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.input_tokens": 7,
            "gen_ai.usage.output_tokens": 3,
        },
        {
            "openinference.span.kind": "LLM",
            "llm.provider": "openai",
            "llm.model_name": "gpt-4o",
            "llm.token_count.prompt": 7,
            "llm.token_count.completion": 3,
        },
        {
            "gen_ai.system": "openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.prompt_tokens": 7,
            "gen_ai.usage.completion_tokens": 3,
        },
    ],
)
def test_a_model_call_is_one_in_every_dialect(said: dict[str, Any]) -> None:
    (span,) = read(said)
    assert (span.step_kind, span.provider, span.model) == ("model", "openai", "gpt-4o")
    assert (span.tokens_in, span.tokens_out) == (7, 3)


@pytest.mark.parametrize(
    ("said", "kind", "target"),
    [
        ({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "look"}, "tool", "look"),
        ({"openinference.span.kind": "TOOL", "tool.name": "look"}, "tool", "look"),
        ({"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "shop"}, "start", "shop"),
        ({"http.method": "GET"}, "span", "span 0"),
        ({"holdfast.kind": "delegate", "gen_ai.agent.name": "b"}, "delegate", "b"),
        ({"holdfast.kind": "nonsense"}, "span", "span 0"),
    ],
)
def test_each_kind_is_known(said: dict[str, Any], kind: str, target: str) -> None:
    (span,) = read(said)
    assert (span.step_kind, span.target) == (kind, target)


def test_what_nobody_understands_is_kept_as_it_came() -> None:
    (span,) = read({"acme.flavour": "vanilla", "acme.count": 7})
    assert span.attributes == {"acme.flavour": "vanilla", "acme.count": "7"}


def test_flattened_messages_are_put_together() -> None:
    (span,) = read(
        {
            "openinference.span.kind": "LLM",
            "llm.model_name": "gpt-4o",
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.content": "hello",
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "look",
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": '{"a":1}',
        }
    )
    assert json.loads(span.input) == [{"role": "user", "parts": [{"type": "text", "content": "hello"}]}]
    assert json.loads(span.output)[0]["parts"][0]["name"] == "look"


def test_results_that_are_objects_of_their_own_are_put_together() -> None:
    result = {"name": "look", "content": '{"paid":25}', "call_id": "c1", "is_error": False}
    (span,) = read(
        {
            "openinference.span.kind": "LLM",
            "llm.input_messages.0.message.role": "function",
            "llm.input_messages.0.function.0": json.dumps(result),
        }
    )
    (message,) = json.loads(span.input)
    answer = {"type": "tool_call_response", "id": "c1", "name": "look", "response": {"paid": 25}}
    assert (message["parts"], "llm.input_messages.0.function.0" in span.attributes) == ([answer], False)


@pytest.mark.parametrize("count", [-5, 2**62, "many", ""])
def test_a_token_count_that_cannot_be_is_bounded(count: Any) -> None:
    (span,) = read({"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": count})
    assert 0 <= span.tokens_in <= 2**53


CHAT = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "openai/gpt-4o",
    "gen_ai.usage.input_tokens": 100,
}
AGENT = {"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 100}


def test_only_the_leaf_of_nested_model_calls_costs_money() -> None:
    spans = read(AGENT, CHAT, CHAT, parents=(None, 0, 1))
    billed = {span.span_id: span for span in Pricer(price_usage).bill(spans)}
    assert [span.billed for _, span in sorted(billed.items())] == [False, False, True]
    assert billed[f"{3:016x}"].cost_micro_usd


def test_a_wrapper_is_known_when_its_child_came_in_an_earlier_batch() -> None:
    wrapper, child = read(CHAT, CHAT, parents=(None, 0))
    pricer = Pricer(price_usage)
    assert [span.billed for span in pricer.bill([child])] == [True]
    assert [span.billed for span in pricer.bill([wrapper])] == [False]


def test_an_unknown_price_is_unknown() -> None:
    (span,) = Pricer(price_usage).bill(read(CHAT | {"gen_ai.request.model": "acme/nobody-knows"}))
    assert (span.billed, span.cost_micro_usd) == (True, None)
    assert json.loads(span.price)["warnings"]


VERCEL = {"ai.model.id": "claude-sonnet-4-5", "ai.model.provider": "anthropic.messages"}


def test_the_inner_span_of_the_ai_sdk_is_the_call() -> None:
    tokens = {"ai.usage.promptTokens": 100, "ai.usage.completionTokens": 7, "ai.usage.cachedInputTokens": 300}
    outer, inner, tool = read(
        VERCEL | {"ai.operationId": "ai.generateText", "ai.telemetry.metadata.userId": "u-1"} | tokens,
        VERCEL
        | {
            "ai.operationId": "ai.generateText.doGenerate",
            "ai.prompt.messages": '[{"role":"user","content":"hi"}]',
            "ai.response.text": "Let me look.",
            "ai.response.toolCalls": '[{"toolCallId":"c1","toolName":"look","input":"{}"}]',
        }
        | tokens,
        {"ai.operationId": "ai.toolCall", "ai.toolCall.name": "look", "ai.toolCall.id": "c1"},
        parents=(None, 0, 0),
    )
    assert [one.step_kind for one in (outer, inner, tool)] == ["model", "model", "tool"]
    assert (inner.provider, inner.model, outer.person) == ("anthropic", "claude-sonnet-4-5", "u-1")
    # Anthropic's cached tokens stand beside the prompt, and the SDK passes that on.
    assert (inner.tokens_in, inner.usage["cache_read"]) == (400, 300)
    assert json.loads(inner.usage_note)["cached"] == "beside"
    assert inner.calls == {"c1": "look"}
    assert [part["type"] for part in json.loads(inner.output)[0]["parts"]] == ["text", "tool_call"]
    billed = {span.span_id: span for span in Pricer(price_usage).bill([outer, inner, tool])}
    assert (billed[inner.span_id].counted, billed[outer.span_id].counted) == ("once", "wrapper")


@pytest.mark.parametrize(
    ("said", "cached"),
    [
        ({"gen_ai.usage.input_tokens": 10, "gen_ai.usage.cache_read.input_tokens": 300}, "beside"),
        ({"gen_ai.usage.input_tokens": 400, "gen_ai.usage.cache_read.input_tokens": 300}, "inside"),
        (
            {
                "gen_ai.usage.input_tokens": 400,
                "gen_ai.usage.output_tokens": 5,
                "gen_ai.usage.cache_read.input_tokens": 300,
                "gen_ai.usage.total_tokens": 705,
            },
            "beside",
        ),
    ],
)
def test_numbers_that_leave_no_doubt_are_believed(said: dict[str, Any], cached: str) -> None:
    (span,) = read({"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", **said})
    whole = said["gen_ai.usage.input_tokens"] + (300 if cached == "beside" else 0)
    assert (span.tokens_in, json.loads(span.usage_note)["cached"]) == (whole, cached)
    assert json.loads(span.usage_note)["raw"]["input_tokens"] == said["gen_ai.usage.input_tokens"]


def test_a_providers_own_usage_is_read_from_the_recorded_answer() -> None:
    answer = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}
    (span,) = read(
        {"openinference.span.kind": "LLM", "llm.model_name": "gpt-4o", "output.value": json.dumps(answer)}
    )
    assert (span.tokens_in, span.tokens_out) == (7, 3)


def test_for_whom_it_was_done_is_read_wherever_it_stands() -> None:
    (span,) = read(
        {
            "holdfast.team": "returns",
            "traceloop.association.properties.customer_id": "acme",
            "gen_ai.workflow.name": "refund",
            "langfuse.release": "v7",
            "deployment.environment.name": "test",
            "langfuse.trace.tags": '["a", "b"]',
            "enduser.id": "kim",
        }
    )
    assert (span.team, span.customer, span.workflow, span.release) == ("returns", "acme", "refund", "v7")
    assert (span.environment, span.tags, span.person) == ("test", ("a", "b"), "kim")


def test_a_framework_that_names_itself_is_no_provider() -> None:
    (span,) = read(
        {"gen_ai.system": "langchain", "gen_ai.request.model": "gpt-4o", "gen_ai.operation.name": "chat"}
    )
    assert span.provider == ""


def test_what_a_sender_says_of_cost_stands_beside_and_zero_may_mean_unknown() -> None:
    said = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
    reported, unknown = read(said | {"llm.cost.total": "0.25"}, said | {"gen_ai.usage.cost": 0})
    assert (reported.reported_micro_usd, reported.cost_micro_usd) == (250_000, None)
    assert unknown.reported_micro_usd is None


def test_a_number_beyond_64_bits_costs_nothing_else() -> None:
    span = {
        "traceId": "01" * 16,
        "spanId": "02" * 8,
        "name": "x",
        "startTimeUnixNano": "1",
        "endTimeUnixNano": "2",
        "attributes": [{"key": "gen_ai.request.max_tokens", "value": {"intValue": str(2**64 - 1)}}],
    }
    arrived = decode(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode(), JSON)
    assert not arrived.rejected
    (kept,) = normalise(arrived.request)
    assert kept.attributes == {"gen_ai.request.max_tokens": str(2**64 - 1)}
