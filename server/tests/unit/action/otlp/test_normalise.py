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
