"""Bad input: each has a typed error in the words of its API, a record of a call, and correct money."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from holdfast.testing import ScriptedProvider
from holdfast_server.action.llm.config import Key, Limits, Provider, digest_key

SECRET = "hf-" + "a" * 46
PATHS = {
    "chat": "/v1/chat/completions",
    "responses": "/v1/responses",
    "messages": "/v1/messages",
    "gemini": "/v1beta/models/gemini-2.5-flash:generateContent",
}
HI = [{"role": "user", "content": "hi"}]
BODIES: dict[str, dict[str, Any]] = {
    "chat": {"model": "gpt-4o-mini", "messages": HI},
    "responses": {"model": "gpt-4o-mini", "input": "hi"},
    "messages": {"model": "gpt-4o-mini", "max_tokens": 9, "messages": HI},
    "gemini": {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]},
}
APIS = pytest.mark.parametrize("api", PATHS)


def everything(url: str, **more: Any) -> Provider:
    """One who speaks every API."""
    return Provider("all", url, apis=("chat", "responses", "messages", "gemini"), secret="sk", **more)


def code_of(answer: Any, api: str) -> str:
    """The code of a typed error, where the API has it."""
    body = answer.json()
    assert answer.headers["content-type"] == "application/json"
    if api == "gemini":
        assert body["error"]["code"] == answer.status_code
        return body["error"]["details"][0]["reason"]
    if api == "messages":
        assert body["type"] == "error"
    assert body["error"]["message"]
    return body["error"]["code"]


@APIS
@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"{broken", 400, "invalid_request"),
        (b"[1, 2]", 400, "invalid_request"),
        (b"\xff\xfe", 400, "invalid_request"),
        (b"", 400, "invalid_request"),
        (b"[" * 200_000, 400, "invalid_request"),
        (b'{"model":"gpt-4o-mini","more":' + b"[" * 200_000 + b"]" * 200_000 + b"}", 400, "invalid_request"),
    ],
    ids=["broken", "no object", "no text", "empty", "deep", "deep within"],
)
async def test_a_body_that_cannot_be_read_is_typed(
    run_worker: Callable[..., Any], api: str, sent: bytes, status: int, code: str
) -> None:
    async with run_worker(everything("http://127.0.0.1:9")) as worker, worker.client() as client:
        answer = await client.post(PATHS[api], content=sent)
        assert not worker.gateway.calls
    assert (answer.status_code, code_of(answer, api)) == (status, code)
    assert answer.headers["x-should-retry"] == "false"


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"gpt-4o-mini","model":"gpt-4o","messages":[]}',
        b'{"model":"gpt-4o-mini","m\\u006fdel":"gpt-4o","messages":[]}',
        b'{"messages":[]}',
        b'{"model":7,"messages":[]}',
        b'{"model":"gpt-4o-mini","messages":[],"max_tokens":"many"}',
    ],
    ids=["twice", "escaped", "no model", "no name", "no number"],
)
async def test_what_two_parsers_could_read_differently_is_refused(
    run_worker: Callable[..., Any], body: bytes
) -> None:
    async with run_worker(everything("http://127.0.0.1:9")) as worker, worker.client() as client:
        answer = await client.post(PATHS["chat"], content=body)
    assert (answer.status_code, code_of(answer, "chat")) == (400, "invalid_request")


@APIS
async def test_a_model_that_nobody_has_is_not_found(run_worker: Callable[..., Any], api: str) -> None:
    few = everything("http://127.0.0.1:9", models=("other-*",))
    async with run_worker(few) as worker, worker.client() as client:
        answer = await client.post(PATHS[api], json=BODIES[api])
    assert (answer.status_code, code_of(answer, api)) == (404, "model_not_found")


@APIS
@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer hf-wrong"}, {"x-api-key": "sk-other"}])
async def test_a_wrong_key_is_not_authenticated(
    run_worker: Callable[..., Any], api: str, headers: dict[str, str]
) -> None:
    async with run_worker(everything("http://127.0.0.1:9")) as worker, worker.client() as client:
        del client.headers["authorization"]
        answer = await client.post(PATHS[api], json=BODIES[api], headers=headers)
    assert (answer.status_code, code_of(answer, api)) == (401, "invalid_api_key")


async def test_an_expired_and_a_revoked_key_are_not_authenticated(run_worker: Callable[..., Any]) -> None:
    over = Key("key_1", digest_key(SECRET), "bot", expires_ns=time.time_ns() - 1)
    for keys, code in (((over,), "expired_api_key"), ((), "invalid_api_key")):
        async with (
            run_worker(everything("http://127.0.0.1:9"), keys=keys) as worker,
            worker.client() as client,
        ):
            answer = await client.post(PATHS["chat"], json=BODIES["chat"])
        assert (answer.status_code, code_of(answer, "chat")) == (401, code)


@pytest.mark.parametrize(
    "where", ["authorization", "x-api-key", "api-key", "x-goog-api-key", "x-holdfast-key", "?key="]
)
async def test_a_key_may_come_in_every_place_where_clients_put_it(
    run_worker: Callable[..., Any], where: str
) -> None:
    with ScriptedProvider() as provider:
        async with run_worker(everything(provider.url)) as worker, worker.client() as client:
            del client.headers["authorization"]
            headers = {} if where == "?key=" else {where: SECRET}
            path = PATHS["chat"] + (f"?key={SECRET}" if where == "?key=" else "")
            answer = await client.post(path, json=BODIES["chat"], headers=headers)
            seen = str(provider.requests[0])
    assert answer.status_code == 200
    assert SECRET not in seen, "a virtual key never leaves"


async def test_a_client_may_bring_its_own_credential_beside_the_key(run_worker: Callable[..., Any]) -> None:
    with ScriptedProvider() as provider:
        own = Provider("all", provider.url, apis=("messages",), auth="client")
        async with run_worker(own) as worker, worker.client() as client:
            del client.headers["authorization"]
            headers = {"x-holdfast-key": SECRET, "authorization": "Bearer oauth-of-a-person"}
            answer = await client.post(PATHS["messages"], json=BODIES["messages"], headers=headers)
    assert answer.status_code == 200


@APIS
async def test_a_body_that_is_too_large_is_typed(run_worker: Callable[..., Any], api: str) -> None:
    async with (
        run_worker(everything("http://127.0.0.1:9"), limits=Limits(body_bytes=1_000)) as worker,
        worker.client() as client,
    ):
        answer = await client.post(PATHS[api], content=b"x" * 2_000)
    assert answer.status_code == 413
    assert code_of(answer, api)


@pytest.mark.parametrize("path", ["/v1/images/generations", "/v1/realtime", "/v2/chat/completions", "/"])
async def test_an_endpoint_that_is_not_served_is_typed(run_worker: Callable[..., Any], path: str) -> None:
    async with run_worker(everything("http://127.0.0.1:9")) as worker, worker.client() as client:
        answer = await client.post(path, json={})
    assert answer.status_code == 404
    assert answer.json()["error"]["message"]


@APIS
async def test_a_provider_that_cannot_be_reached_is_typed_and_recorded(
    run_worker: Callable[..., Any], api: str
) -> None:
    async with run_worker(everything("http://127.0.0.1:9")) as worker, worker.client() as client:
        answer = await client.post(PATHS[api], json=BODIES[api])
        (step,) = await worker.settled(1)
    assert (answer.status_code, code_of(answer, api)) == (502, "holdfast_connect")
    assert (step.status, step.error, step.cost_micro_usd) == ("failed", "connect", 0)
    assert step.ended_at > step.decided_at


async def test_a_provider_without_tls_is_typed_and_recorded(run_worker: Callable[..., Any]) -> None:
    def plain(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with run_worker(everything(url)) as worker, worker.client() as client:
        answer = await client.post(PATHS["chat"], json=BODIES["chat"])
        (step,) = await worker.settled(1)
    server.close()
    await server.wait_closed()
    assert (answer.status_code, code_of(answer, "chat")) == (502, "holdfast_tls")
    assert (step.status, step.cost_micro_usd) == ("failed", 0)


@APIS
@pytest.mark.parametrize("status", [b"200 OK", b"502 Bad Gateway"])
async def test_a_page_of_html_is_a_typed_error(
    run_worker: Callable[..., Any], raw_upstream: Any, api: str, status: bytes
) -> None:
    page = b"<html><body>Bad Gateway</body></html>"
    head = b"HTTP/1.1 " + status + b"\r\ncontent-type: text/html\r\ncontent-length: %d\r\n\r\n" % len(page)
    async with (
        raw_upstream([head + page]) as upstream,
        run_worker(everything(upstream.url)) as worker,
        worker.client() as client,
    ):
        answer = await client.post(PATHS[api], json=BODIES[api])
        (step,) = await worker.settled(1)
    assert answer.status_code == 502
    assert code_of(answer, api).startswith("holdfast_")
    assert b"<html>" not in answer.content
    assert step.status == "failed"


async def test_a_provider_that_says_nothing_is_typed(
    run_worker: Callable[..., Any], raw_upstream: Any
) -> None:
    async with (
        raw_upstream([], stays=True) as upstream,
        run_worker(everything(upstream.url, first_byte_s=0.2)) as worker,
    ):
        async with worker.client() as client:
            answer = await client.post(PATHS["chat"], json=BODIES["chat"])
        (step,) = await worker.settled(1)
    assert (answer.status_code, code_of(answer, "chat")) == (504, "holdfast_timeout")
    assert (step.status, step.cost_micro_usd) == ("failed", 0)


async def test_a_providers_own_error_passes_as_it_came(
    run_worker: Callable[..., Any], raw_upstream: Any
) -> None:
    said = json.dumps(
        {"error": {"message": "slow down", "type": "rate_limit_error", "code": "rate_limit"}}
    ).encode()
    about = b"content-type: application/json\r\nretry-after: 2\r\ncontent-length: %d\r\n\r\n"
    head = b"HTTP/1.1 429 Too Many\r\n" + about
    async with (
        raw_upstream([head % len(said) + said]) as upstream,
        run_worker(everything(upstream.url)) as worker,
        worker.client() as client,
    ):
        answer = await client.post(PATHS["chat"], json=BODIES["chat"])
        (step,) = await worker.settled(1)
    assert (answer.status_code, answer.content, answer.headers["retry-after"]) == (429, said, "2")
    assert (step.status, step.cost_micro_usd) == ("failed", 0)


async def test_what_becomes_no_call_is_counted_by_its_code(run_worker: Callable[..., Any]) -> None:
    with ScriptedProvider() as provider:
        async with run_worker(everything(provider.url)) as worker, worker.client() as client:
            for sent, held in ((b"{broken", SECRET), (b"{}", SECRET), (b"{}", "hf-other"), (b"{}", "nobody")):
                headers = {"authorization": f"Bearer {held}"}
                await client.post(PATHS["chat"], content=sent, headers=headers)
            counted = dict(worker.gateway.turned_away)
    assert counted == {"invalid_request": 2, "invalid_api_key": 2}


async def test_a_provider_that_repeats_its_credential_does_not_tell_it_to_the_client(
    run_worker: Callable[..., Any], raw_upstream: Any
) -> None:
    secret = "sk-provider-0123456789"
    said = json.dumps({"error": {"message": f"Incorrect API key provided: {secret}"}}).encode()
    head = b"HTTP/1.1 401 No\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(said)
    async with raw_upstream([head + said]) as upstream:
        end = Provider("all", upstream.url, secret=secret)
        async with run_worker(end) as worker, worker.client() as client:
            answer = await client.post(PATHS["chat"], json=BODIES["chat"])
            (step,) = await worker.settled(1)
    assert answer.json()["error"]["message"] == "Incorrect API key provided: ..."
    assert secret.encode() not in step.answer
