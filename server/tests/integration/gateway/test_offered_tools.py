"""Tools that a request offers: refused or taken out, those that the provider runs as well."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from holdfast.decision import Verdict
from holdfast.testing import ScriptedProvider, say, turns
from holdfast_server.action.llm.config import Behaviour, Provider, Route, Target

HI = [{"role": "user", "content": "hi"}]
LOOK = {"name": "look_up", "description": "Looks.", "parameters": {"type": "object"}}
CHAT = {"model": "gpt-4o-mini", "messages": HI, "temperature": 1.0}
RESPONSE = {"model": "gpt-4o-mini", "input": "hi"}
FETCH = {"name": "f", "input_schema": dict[str, Any]()}
CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "chat": (
        "/v1/chat/completions",
        {**CHAT, "tools": [{"type": "function", "function": LOOK}], "web_search_options": {}},
        {**CHAT, "tools": [{"type": "function", "function": LOOK}]},
    ),
    "responses": (
        "/v1/responses",
        {**RESPONSE, "tools": [{"type": "web_search_preview"}], "tool_choice": "auto"},
        RESPONSE,
    ),
    "messages": (
        "/v1/messages",
        {
            "model": "claude-sonnet-4-5",
            "max_tokens": 99,
            "messages": HI,
            "tools": [
                {"type": "web_search_20250305", "name": "web_search"},
                FETCH,
            ],
            "mcp_servers": [{"type": "url", "url": "https://mcp.example", "name": "far"}],
        },
        {
            "model": "claude-sonnet-4-5",
            "max_tokens": 99,
            "messages": HI,
            "tools": [FETCH],
        },
    ),
    "gemini": (
        "/v1beta/models/gemini-2.5-flash:generateContent",
        {"contents": [{"parts": [{"text": "hi"}]}], "tools": [{"google_search": {}}, {"url_context": {}}]},
        {"contents": [{"parts": [{"text": "hi"}]}]},
    ),
}
APIS = pytest.mark.parametrize("api", CASES)
STREAMED = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


def rules(settings: str) -> str:
    return f'agents: {{"*": {{}}}}\nrules: [offered_tools: {settings}]'


def ends(url: str) -> tuple[Provider, ...]:
    return (
        Provider("openai", url, apis=("chat", "responses"), secret="sk", models=("gpt-*",)),
        Provider("anthropic", url, apis=("messages",), auth="x-api-key", secret="sk", models=("claude-*",)),
        Provider("google", url, apis=("gemini",), auth="x-goog-api-key", secret="sk", models=("gemini-*",)),
    )


def asked(api: str, stream: bool) -> tuple[str, dict[str, Any], dict[str, Any]]:
    path, body, left = CASES[api]
    if api == "gemini":
        return path.replace(":generate", ":streamGenerate") + "?alt=sse" if stream else path, body, left
    return path, {**body, "stream": stream}, {**left, "stream": stream}


@APIS
@STREAMED
async def test_a_hosted_tool_is_refused(run_worker: Callable[..., Any], api: str, stream: bool) -> None:
    path, body, _ = asked(api, stream)
    with ScriptedProvider() as provider:
        async with (
            run_worker(*ends(provider.url), yaml=rules("{hosted: []}")) as worker,
            worker.client() as client,
        ):
            answer = await client.post(path, json=body)
    assert (answer.status_code, answer.headers["x-should-retry"], provider.stats.requests) == (
        403,
        "false",
        0,
    )
    assert answer.json()["holdfast"]["reasons"][0]["rule"] == "rules/offered_tools/hosted"


@APIS
@STREAMED
async def test_a_hosted_tool_is_taken_out_and_everything_says_so(
    run_worker: Callable[..., Any], api: str, stream: bool
) -> None:
    path, body, left = asked(api, stream)
    with ScriptedProvider(turns(say("Done.", chunks=2))) as provider:
        async with run_worker(*ends(provider.url), yaml=rules("{hosted: [], strip: true}")) as worker:
            async with worker.client() as client:
                answer = await client.post(path, json=body)
            (step,) = await worker.settled(1)
            seen = dict(provider.requests[0].body)
    seen.pop("stream_options", None)
    assert (answer.status_code, seen) == (200, left)
    assert "web_search" in answer.headers["x-holdfast-stripped"]
    assert answer.headers["x-holdfast-decision"] == "transform"
    assert step.decision.verdict is Verdict.TRANSFORM
    assert step.action.arguments["hosted_tools"]
    assert step.decision.arguments["hosted_tools"] == []
    assert step.decision.obligations == ("strip:hosted_tools:!",)


async def test_own_tools_are_taken_out_by_name_and_other_bytes_stay(run_worker: Callable[..., Any]) -> None:
    tools = [{"type": "function", "function": {**LOOK, "name": name}} for name in ("look_up", "delete_all")]
    sent = json.dumps({**CHAT, "tools": tools, "seed": 1e2}, indent=1).replace('"hi"', '"h\\u0069"')
    with ScriptedProvider(turns(say("Done."))) as provider:
        async with (
            run_worker(*ends(provider.url), yaml=rules("{barred: ['delete_*'], strip: true}")) as worker,
            worker.client() as client,
        ):
            answer = await client.post("/v1/chat/completions", content=sent)
    seen = provider.requests[0].body
    assert answer.headers["x-holdfast-stripped"] == "delete_all"
    assert [one["function"]["name"] for one in seen["tools"]] == ["look_up"]
    assert {name: seen[name] for name in ("messages", "seed", "temperature")} == {
        "messages": HI,
        "seed": 100,
        "temperature": 1.0,
    }


async def test_tools_among_what_was_said_are_taken_out_and_every_other_byte_of_it_stays(
    run_worker: Callable[..., Any],
) -> None:
    tools = [{"type": "web_search"}, {"type": "custom", "name": "exec"}]
    said = {"type": "message", "role": "user", "content": "hi"}
    body = {"model": "gpt-4o-mini", "input": [{"type": "additional_tools", "tools": tools}, said]}
    with ScriptedProvider(turns(say("Done."))) as provider:
        async with (
            run_worker(*ends(provider.url), yaml=rules("{hosted: [], strip: true}")) as worker,
            worker.client() as client,
        ):
            answer = await client.post("/v1/responses", json=body)
            plain = await client.post("/v1/responses", json={**body, "input": [said]})
    assert (answer.headers["x-holdfast-stripped"], answer.status_code) == ("web_search", 200)
    assert provider.requests[0].body["input"] == [{"type": "additional_tools", "tools": tools[1:]}, said]
    assert "x-holdfast-stripped" not in plain.headers


async def test_what_is_taken_out_no_longer_stands_in_the_way_of_another_api(
    run_worker: Callable[..., Any],
) -> None:
    route = Route("clever", (Target("anthropic", "claude-sonnet-4-5"),))
    body = {"model": "clever", "input": "hi", "tools": [{"type": "web_search"}]}
    with ScriptedProvider(turns(say("Done."))) as provider:
        for settings, status in (("{hosted: [web_search]}", 400), ("{hosted: [], strip: true}", 200)):
            async with (
                run_worker(*ends(provider.url), routes=(route,), yaml=rules(settings)) as worker,
                worker.client() as client,
            ):
                answer = await client.post("/v1/responses", json=body)
            assert answer.status_code == status, answer.text


async def test_in_shadow_mode_nothing_is_taken_out(run_worker: Callable[..., Any]) -> None:
    path, body, _ = asked("responses", stream=False)
    with ScriptedProvider(turns(say("Done."))) as provider:
        async with (
            run_worker(
                *ends(provider.url), yaml=rules("{hosted: []}"), behaviour=Behaviour(mode="shadow")
            ) as worker,
            worker.client() as client,
        ):
            answer = await client.post(path, json=body)
    assert answer.status_code == 200
    assert provider.requests[0].body == body
    assert "x-holdfast-stripped" not in answer.headers
