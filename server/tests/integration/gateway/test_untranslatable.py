"""What no other API can be asked: refused by name in the client's own dialect, never left out silently."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from holdfast.testing import ScriptedProvider
from holdfast_server.action.llm.config import Key, Provider, Route, Target, digest_key

SECRET = "hf-" + "a" * 46
HI = [{"role": "user", "content": "hi"}]
ROUTES = (
    Route("clever", (Target("anthropic", "claude-sonnet-4-5"),)),
    Route("fast", (Target("openai", "gpt-4o-mini"),)),
)
SOUND = {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}
CUSTOM_CALL = {"type": "custom_tool_call", "name": "x", "input": "s", "call_id": "1"}


def ends(url: str) -> tuple[Provider, ...]:
    return (
        Provider("openai", url, apis=("chat", "responses"), secret="sk", models=("gpt-*",)),
        Provider("anthropic", url, apis=("messages",), auth="x-api-key", secret="sk", models=("claude-*",)),
    )


def chat(**said: Any) -> tuple[str, dict[str, Any]]:
    return "/v1/chat/completions", {"model": "clever", "messages": HI, **said}


def respond(**said: Any) -> tuple[str, dict[str, Any]]:
    return "/v1/responses", {"model": "clever", "input": "hi", **said}


def message(**said: Any) -> tuple[str, dict[str, Any]]:
    return "/v1/messages", {"model": "fast", "max_tokens": 9, "messages": HI, **said}


def saying(part: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": [part]}]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("asked", "named"),
    [
        (respond(tools=[{"type": "custom", "name": "x"}]), "tools[0].type"),
        (chat(tools=[{"type": "custom", "custom": {"name": "x"}}]), "tools[0].type"),
        (chat(tool_choice={"type": "custom", "custom": {"name": "x"}}), "tool_choice"),
        (
            chat(messages=[{"role": "assistant", "tool_calls": [{"id": "1", "type": "custom"}]}]),
            "tool_calls[0]",
        ),
        (respond(input=[CUSTOM_CALL]), "input[0].type"),
        (chat(messages=saying(SOUND)), "content[0].type"),
        (respond(input=saying(SOUND)), "content[0].type"),
        (chat(modalities=["text", "audio"], audio={"voice": "alloy", "format": "wav"}), "audio"),
        (chat(messages=[{"role": "assistant", "audio": {"id": "a"}}, *HI]), "messages[0].audio"),
        (message(tools=[{"type": "bash_20250124", "name": "bash"}]), "tools[0].type"),
        (message(mcp_servers=[{"type": "url", "name": "a", "url": "https://a.example"}]), "mcp_servers"),
        (message(messages=saying({"type": "container_upload", "file_id": "f"})), "content[0].type"),
        (
            message(messages=saying({"type": "server_tool_use", "id": "s", "name": "web_search"})),
            "content[0]",
        ),
    ],
)
async def test_what_has_no_place_in_the_other_api_is_refused_by_name(
    run_worker: Callable[..., Any], asked: tuple[str, dict[str, Any]], named: str, stream: bool
) -> None:
    path, body = asked
    with ScriptedProvider() as provider:
        async with run_worker(*ends(provider.url), routes=ROUTES) as worker, worker.client() as client:
            answer = await client.post(path, json={**body, "stream": stream})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], provider.stats.requests) == (400, "holdfast_untranslatable", 0)
    assert named in error["message"]


@pytest.mark.parametrize("verb", ["generateContent", "streamGenerateContent?alt=sse", "countTokens"])
@pytest.mark.parametrize("model", ["clever", "gpt-4o"])
async def test_a_client_of_gemini_is_told_why_it_does_not_reach_other_models(
    run_worker: Callable[..., Any], model: str, verb: str
) -> None:
    with ScriptedProvider() as provider:
        async with run_worker(*ends(provider.url), routes=ROUTES) as worker, worker.client() as client:
            answer = await client.post(f"/v1beta/models/{model}:{verb}", json={"contents": []})
    error = answer.json()["error"]
    assert (answer.status_code, error["status"]) == (400, "INVALID_ARGUMENT")
    assert error["details"][0]["reason"] == "holdfast_untranslatable"
    spoken = {"clever": "messages", "gpt-4o": "chat or responses"}[model]
    reached = spoken if verb == "countTokens" else "chat or responses or messages"
    assert f"{model} is asked in {reached} here" in error["message"]


async def test_who_may_not_use_a_model_does_not_learn_that_it_is_there(
    run_worker: Callable[..., Any],
) -> None:
    key = Key("key_1", digest_key(SECRET), "bot", models=("openai/*",))
    with ScriptedProvider() as provider:
        async with (
            run_worker(*ends(provider.url), routes=ROUTES, keys=[key]) as worker,
            worker.client() as client,
        ):
            answer = await client.post("/v1beta/models/clever:generateContent", json={"contents": []})
    assert (answer.status_code, answer.json()["error"]["status"]) == (404, "NOT_FOUND")


async def test_tokens_are_counted_by_who_speaks_the_same_and_by_nobody_else(
    run_worker: Callable[..., Any],
) -> None:
    asked = {"messages": HI}
    with ScriptedProvider() as provider:
        async with run_worker(*ends(provider.url), routes=ROUTES) as worker, worker.client() as client:
            for model in ("fast", "openai/gpt-4o-mini", "gpt-4o-mini"):
                answer = await client.post("/v1/messages/count_tokens", json={"model": model, **asked})
                assert answer.status_code == 400
                assert answer.json()["error"]["code"] == "holdfast_untranslatable"
                assert "is asked in chat or responses here" in answer.json()["error"]["message"]
            steps = worker.steps
    assert (provider.stats.requests, steps) == (0, [])


async def test_files_go_to_who_keeps_them_and_otherwise_the_client_is_told(
    run_worker: Callable[..., Any], raw_upstream: Any
) -> None:
    body = b'{"object":"list","data":[]}'
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
    async with raw_upstream([head + body]) as upstream:
        plain = Provider("plain", upstream.url, secret="sk")
        keeper = Provider("keeper", upstream.url, apis=("chat", "files"), secret="sk", models=("gpt-*",))
        for some, status in (((plain,), 404), ((plain, keeper), 200)):
            async with run_worker(*some) as worker, worker.client() as client:
                for path in ("/v1/files", "/v1/batches"):
                    answer = await client.get(path)
                    assert answer.status_code == status, answer.text
                targets = {one.action.target for one in worker.steps}
            assert targets == ({"keeper/files", "keeper/batches"} if status == 200 else set())
    assert answer.content == body
