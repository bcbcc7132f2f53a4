"""Rules at the gateway: returned tool calls, content both ways, kills, people, and others' models."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from holdfast.action import Contract, Effect
from holdfast.testing import Reply, Rule, Scenario, ScriptedProvider, ToolCall, say, turns
from holdfast_server.action.llm.config import Behaviour, Key, Provider, Route, Target, digest_key
from holdfast_server.action.llm.figures import show
from holdfast_server.action.llm.messages import Answered

SECRET = "hf-" + "a" * 46
CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
HI = [{"role": "user", "content": "hi"}]
KILLS = frozenset({("agent", "bot")})
MODELS = '@id("models") permit (principal, action == Action::"holdfast:model", resource);'
TOOLS = """
@id("look") permit (principal, action == Action::"look_up", resource);
@id("pay") permit (principal, action == Action::"pay", resource);
@id("no-more") @message("Not more than 100.") forbid (principal, action == Action::"pay", resource)
when { context.args has amount && context.args.amount > 100 };
@id("ask") @cure("approval:owner") @message("A person must agree.")
forbid (principal, action == Action::"pay", resource)
when { context.args has amount && context.args.amount > 10 } unless { context.approvals.contains("owner") };
"""
PARAMETERS = {"type": "object", "properties": {"amount": {"type": "integer"}}}
CONTRACTS = (
    Contract("pay", parameters=PARAMETERS, effect=Effect.SPEND, reversible=True),
    Contract("look_up", parameters={"type": "object"}, effect=Effect.READ, reversible=True),
)


def openai(url: str) -> Provider:
    return Provider("openai", url, apis=("chat", "responses"), secret="sk", models=("gpt-*",))


def anthropic(url: str) -> Provider:
    return Provider("anthropic", url, apis=("messages",), auth="x-api-key", secret="sk", models=("claude-*",))


def offers(api: str, stream: bool) -> tuple[str, dict[str, Any]]:
    """A request that offers the tools `pay` and `look_up`."""
    names = ("pay", "look_up")
    if api == "messages":
        tools = [{"name": name, "input_schema": {"type": "object"}} for name in names]
        model = "claude-sonnet-4-5"
        return MESSAGES, {"model": model, "max_tokens": 99, "messages": HI, "tools": tools, "stream": stream}
    if api == "responses":
        tools = [{"type": "function", "name": name, "parameters": {}} for name in names]
        return "/v1/responses", {"model": "gpt-4o-mini", "input": "hi", "tools": tools, "stream": stream}
    tools = [{"type": "function", "function": {"name": name, "parameters": {}}} for name in names]
    return CHAT, {"model": "gpt-4o-mini", "messages": HI, "tools": tools, "stream": stream}


def paying(amount: int) -> Scenario:
    """A model that wants to pay."""
    made = Reply(text="On it.", tool_calls=(ToolCall("pay", {"amount": amount}),), chunks=3)
    return Scenario(rules=(Rule(reply=made),))


TOO_MUCH = 987_654_321
"""Digits that no id made up at random holds by chance."""
APIS = pytest.mark.parametrize("api", ["chat", "responses", "messages"])
STREAMED = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


@APIS
@STREAMED
async def test_an_allowed_tool_call_passes_byte_for_byte(
    run_worker: Callable[..., Any], api: str, stream: bool
) -> None:
    path, body = offers(api, stream)
    with ScriptedProvider(paying(5)) as provider:
        ends = (openai(provider.url), anthropic(provider.url))
        async with run_worker(*ends, cedar=MODELS + TOOLS, contracts=CONTRACTS) as worker:
            async with worker.client() as client:
                governed = await client.post(path, json=body)
                direct = await client.post(provider.url + path, json=body)
            steps = worker.steps
    assert governed.status_code == 200
    assert ids_gone(governed.text) == ids_gone(direct.text)
    assert '"pay"' in governed.text
    assert steps[0].usage.output_tokens > 0


def ids_gone(text: str) -> str:
    """A text without what the provider makes up for each answer."""

    return re.sub(r"(chatcmpl|resp|msg|call|toolu|fc)[-_][0-9a-zA-Z_]+|\"created(_at)?\":\d+", "", text)


async def ask_to_pay(run_worker: Callable[..., Any], path: str, body: dict[str, Any]) -> httpx.Response:
    """The answer of a model that wants to pay more than it may."""
    with ScriptedProvider(paying(TOO_MUCH)) as provider:
        ends = (openai(provider.url), anthropic(provider.url))
        async with (
            run_worker(*ends, cedar=MODELS + TOOLS, contracts=CONTRACTS) as worker,
            worker.client() as client,
        ):
            return await client.post(path, json=body)


@APIS
@STREAMED
async def test_a_tool_call_that_is_refused_is_never_seen(
    run_worker: Callable[..., Any], api: str, stream: bool
) -> None:
    answer = await ask_to_pay(run_worker, *offers(api, stream))
    assert str(TOO_MUCH) not in answer.text
    if stream:
        assert answer.status_code == 200
        assert "On" in answer.text, "what came before it passes"
        assert any(mark in answer.text for mark in ("content_filter", '"refusal"'))
    else:
        assert answer.status_code == 403
        assert answer.json()["holdfast"]["reasons"][0]["message"] == "Not more than 100."


def offered_elsewhere(how: str, stream: bool) -> tuple[str, dict[str, Any]]:
    """A request whose field for tools is empty, and that offers `pay` in another way."""
    api = "messages" if how == "defined" else "responses"
    path, body = offers(api, stream)
    tools = body.pop("tools")
    if how == "defined":
        defined = {"type": "tool_definition", "definition": tools[0]}
        body["messages"] = [*HI, {"role": "system", "content": [{"type": "tool_addition", "tool": defined}]}]
    elif how == "added":
        body["input"] = [{"type": "additional_tools", "role": "developer", "tools": tools}, *HI]
    else:
        body |= {"previous_response_id": "resp_1"}
    return path, body


@pytest.mark.parametrize("how", ["added", "defined", "kept"])
@STREAMED
async def test_a_call_is_judged_wherever_its_tool_was_offered(
    run_worker: Callable[..., Any], how: str, stream: bool
) -> None:
    answer = await ask_to_pay(run_worker, *offered_elsewhere(how, stream))
    assert str(TOO_MUCH) not in answer.text
    assert answer.status_code == (200 if stream else 403)


@STREAMED
@pytest.mark.parametrize("agrees", [True, False])
async def test_a_tool_call_waits_for_a_person(
    run_worker: Callable[..., Any], stream: bool, agrees: bool
) -> None:
    path, body = offers("chat", stream)
    asked: list[dict[str, Any]] = []

    def answer_ask(request: dict[str, Any]) -> Answered:
        asked.append(request)
        return Answered(0, "approved" if agrees else "refused", approval="apr_1", roles=("owner",))

    with ScriptedProvider(paying(50)) as provider:
        async with run_worker(openai(provider.url), cedar=MODELS + TOOLS, contracts=CONTRACTS) as worker:
            worker.bank.answer = answer_ask
            async with worker.client() as client:
                answer = await client.post(path, json=body)
    assert (asked[0]["target"], asked[0]["arguments"]) == ("pay", {"amount": 50})
    assert ("50" in answer.text.replace("\\", "")) == agrees or not agrees
    if not agrees:
        assert "amount" not in answer.text


async def test_a_tool_nobody_described_passes_unless_the_settings_refuse_it(
    run_worker: Callable[..., Any],
) -> None:
    path, body = offers("chat", stream=False)
    for behaviour, status in ((Behaviour(), 200), (Behaviour(unknown_tools="refuse"), 403)):
        with ScriptedProvider(paying(5)) as provider:
            async with (
                run_worker(openai(provider.url), behaviour=behaviour) as worker,
                worker.client() as client,
            ):
                answer = await client.post(path, json=body)
        assert answer.status_code == status


CONTENT = """
agents: {"*": {}}
content:
  - {find: [secret], do: deny, at: [requests]}
  - {find: [email], do: redact, at: [answers]}
"""


@STREAMED
async def test_rules_about_content_hold_both_ways(run_worker: Callable[..., Any], stream: bool) -> None:
    secret = "sk-ant-api03-" + "b" * 80
    told = "Write to jane.doe@example.com for more, she knows all about it and will answer soon."
    with ScriptedProvider(turns(say(told, chunks=12))) as provider:
        async with run_worker(openai(provider.url), yaml=CONTENT) as worker, worker.client() as client:
            asked = {"model": "gpt-4o-mini", "stream": stream}
            no = await client.post(CHAT, json={**asked, "messages": [{"role": "user", "content": secret}]})
            yes = await client.post(CHAT, json={**asked, "messages": HI})
            requests = provider.stats.requests
    assert (no.status_code, requests) == (403, 1)
    assert "jane" not in yes.text
    assert "redacted" in yes.text
    assert yes.text.count("[DONE]") == stream


async def test_whoever_drains_lets_clients_ask_again_and_whoever_is_killed_not(
    run_worker: Callable[..., Any],
) -> None:
    slow = Scenario(rules=(Rule(reply=Reply(text="word " * 500, chunks=500, chunk_interval_ms=20)),))
    path, body = offers("chat", stream=True)
    said: dict[str, str] = {}
    with ScriptedProvider(slow) as provider:
        async with run_worker(openai(provider.url)) as worker, worker.client() as client:
            for why in ("drain", "killed"):
                async with client.stream("POST", path, json=body) as answer:
                    texts = answer.aiter_text()
                    await anext(texts)
                    (live,) = worker.gateway.calls
                    assert live.step is not None
                    told = show(live.step, live.progress)
                    assert told.state == "streaming"
                    assert told.tokens_out > 0
                    assert told.cost_micro_usd is None
                    assert told.ttft_us is not None
                    assert worker.door.stop(live, why)
                    said[why] = "".join([text async for text in texts])
            steps = await worker.settled(2)
    assert "holdfast_draining" in said["drain"]
    assert "server_error" in said["drain"]
    assert "A person stopped this call." in said["killed"]
    assert "permission_error" in said["killed"]
    assert [(one.status, one.error) for one in steps] == [("failed", "Drained"), ("halted", "Stopped")]


@APIS
async def test_a_kill_ends_a_live_stream_at_once(run_worker: Callable[..., Any], api: str) -> None:
    path, body = offers(api, stream=True)
    slow = Scenario(rules=(Rule(reply=Reply(text="word " * 500, chunks=500, chunk_interval_ms=20)),))
    with ScriptedProvider(slow) as provider:
        async with run_worker(openai(provider.url), anthropic(provider.url)) as worker:
            async with worker.client() as client, client.stream("POST", path, json=body) as answer:
                said: list[str] = []
                killed = 0.0
                async for text in answer.aiter_text():
                    said.append(text)
                    if "word" in text and not killed:
                        killed = time.monotonic()
                        worker.gateway.controlled(KILLS, heard=True)
                        for call in worker.gateway.covered(KILLS):
                            assert worker.door.stop(call, "A person stopped this agent.")
                took = time.monotonic() - killed
            async with worker.client() as client:
                after = await client.post(path, json=body)
            steps = worker.steps
    last = [line for line in "".join(said).splitlines() if line.startswith("data: ")][-1]
    assert "error" in json.loads(last[6:])
    assert took < 5
    assert (steps[0].status, after.status_code) == ("halted", 403)
    assert after.json()["error"]["code"] == "holdfast_halt"
    assert 0 < steps[0].usage.output_tokens < 500


@STREAMED
async def test_a_client_of_one_api_is_answered_by_a_model_of_another(
    run_worker: Callable[..., Any], stream: bool
) -> None:
    route = Route("clever", (Target("anthropic", "claude-sonnet-4-5"),))
    with ScriptedProvider(turns(say("It is on its way.", chunks=3))) as provider:
        async with run_worker(anthropic(provider.url), routes=(route,)) as worker:
            async with worker.client() as client:
                answer = await client.post(CHAT, json={"model": "clever", "messages": HI, "stream": stream})
            (step,) = await worker.settled(1)
            asked = provider.requests[0]
    assert asked.api == "messages"
    assert (step.action.target, step.status) == ("anthropic/claude-sonnet-4-5", "done")
    assert step.cost_micro_usd
    if stream:
        assert answer.text.count("[DONE]") == 1
        assert "way" in answer.text
    else:
        assert answer.json()["choices"][0]["message"]["content"] == "It is on its way."


async def test_what_does_not_fit_another_api_is_refused_by_name(run_worker: Callable[..., Any]) -> None:
    route = Route("clever", (Target("anthropic", "claude-sonnet-4-5"),))
    with ScriptedProvider() as provider:
        async with run_worker(anthropic(provider.url), routes=(route,)) as worker, worker.client() as client:
            body = {"model": "clever", "messages": HI, "n": 3}
            answer = await client.post(CHAT, json=body)
            requests = provider.stats.requests
    assert (answer.status_code, requests) == (400, 0)
    assert answer.json()["error"]["code"] == "holdfast_untranslatable"


async def test_a_failing_target_is_followed_by_another_and_both_are_recorded(
    run_worker: Callable[..., Any], raw_upstream: Any
) -> None:
    broken = b"HTTP/1.1 500 Oh\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
    route = Route("fast", (Target("one", "gpt-4o-mini"), Target("two", "gpt-4o-mini")), sticky=False)
    with ScriptedProvider(turns(say("It is on its way."))) as provider:
        async with raw_upstream([broken]) as upstream:
            ends = (
                Provider("one", upstream.url, apis=("chat",), secret="sk"),
                Provider("two", provider.url, apis=("chat",), secret="sk"),
            )
            async with run_worker(*ends, routes=(route,)) as worker, worker.client() as client:
                answer = await client.post(CHAT, json={"model": "fast", "messages": HI})
                spent = worker.spent_steps
    assert answer.status_code == 200
    assert len(spent) == 2
    assert (spent[0], spent[1] > 0) == (0, True)


async def test_a_key_reaches_only_its_models(run_worker: Callable[..., Any]) -> None:
    keys = (Key("key_1", digest_key(SECRET), "bot", models=("openai/gpt-4o-mini",)),)
    with ScriptedProvider() as provider:
        async with run_worker(openai(provider.url), keys=keys) as worker, worker.client() as client:
            yes = await client.post(CHAT, json={"model": "gpt-4o-mini", "messages": HI})
            no = await client.post(CHAT, json={"model": "gpt-4o", "messages": HI})
    assert (yes.status_code, no.status_code) == (200, 404)


async def test_a_run_and_a_session_come_from_the_headers(run_worker: Callable[..., Any]) -> None:
    run, trace = "1" * 32, "2" * 32
    with ScriptedProvider() as provider:
        async with run_worker(openai(provider.url)) as worker, worker.client() as client:
            body = {"model": "gpt-4o-mini", "messages": HI}
            await client.post(
                CHAT, json=body, headers={"x-holdfast-run": run, "x-holdfast-session": "chat-7"}
            )
            await client.post(CHAT, json=body, headers={"traceparent": f"00-{trace}-{'3' * 16}-01"})
            first, second = await worker.settled(2)
            headers = provider.requests[1].headers
    assert (first.action.run, first.action.session) == (run, "chat-7")
    assert (second.action.trace, second.action.parent) == (trace, "3" * 16)
    assert headers["traceparent"].startswith(f"00-{trace}")


async def test_in_shadow_mode_everything_runs_and_is_written_down(run_worker: Callable[..., Any]) -> None:
    with ScriptedProvider() as provider:
        nothing = '@id("no") forbid (principal, action == Action::"holdfast:model", resource);'
        async with run_worker(
            openai(provider.url), cedar=nothing, behaviour=Behaviour(mode="shadow")
        ) as worker:
            async with worker.client() as client:
                answer = await client.post(CHAT, json={"model": "gpt-4o-mini", "messages": HI})
            (step,) = await worker.settled(1)
    assert answer.status_code == 200
    assert not step.decision.enforced
    await asyncio.sleep(0)
