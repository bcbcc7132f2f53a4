"""A cache by meaning whose embeddings come from an endpoint: calls like any other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from holdfast.testing import ScriptedProvider, say, turns
from holdfast_server.action.llm.config import CacheTerms, Key, Provider, Route, Target, digest_key

SECRET = "hf-" + "a" * 46
CHAT = "/v1/chat/completions"
WORDS = ("order", "refund", "where", "when", "long")
ASKED = ("Where is my order?", "where is my order", "When comes my refund?")


@dataclass
class Meaning:
    """An embeddings endpoint that knows five words."""

    url: str = ""
    status: int = 200
    seen: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        vector = [float(word in asked["input"].lower()) for word in WORDS]
        usage = {"prompt_tokens": 7, "total_tokens": 7}
        data = [{"object": "embedding", "index": 0, "embedding": vector}]
        return {"object": "list", "model": asked["model"], "data": data, "usage": usage}


@contextmanager
def meaning() -> Iterator[Meaning]:
    made = Meaning()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            made.seen.append({**asked, "path": self.path, "authorization": self.headers["authorization"]})
            body = json.dumps(made.answer(asked)).encode()
            self.send_response(made.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        made.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()


def ends(provider: ScriptedProvider, words: Meaning) -> tuple[Provider, ...]:
    return (
        Provider("one", provider.url, apis=("chat",), secret="sk", models=("gpt-*",)),
        Provider(
            "words", words.url, apis=("embeddings",), secret="sk-words", models=("text-embedding-3-small",)
        ),
    )


def route(**more: Any) -> Route:
    terms = CacheTerms(semantic=True, embeddings="words/text-embedding-3-small", sample=0.0, **more)
    return Route("fast", (Target("one", "gpt-4o-mini"),), cache=terms)


async def ask_all(client: Any) -> list[str | None]:
    """What the cache had to do with each answer."""
    said: list[str | None] = []
    for text in ASKED:
        body = {"model": "fast", "messages": [{"role": "user", "content": text}]}
        answer = await client.post(CHAT, json=body)
        assert answer.status_code == 200, answer.text
        said.append(answer.headers.get("x-holdfast-cache"))
    return said


async def test_an_endpoint_says_what_means_the_same_and_every_question_to_it_is_a_paid_step(
    run_worker: Callable[..., Any],
) -> None:
    key = Key("key_1", digest_key(SECRET), "bot", models=("fast",))
    with meaning() as words, ScriptedProvider(turns(say("On its way."), say("Soon."))) as provider:
        async with run_worker(*ends(provider, words), routes=(route(),), keys=[key]) as worker:
            async with worker.client(**{"x-holdfast-run": "ab" * 16}) as client:
                said = await ask_all(client)
            await worker.settled(3)
            costs = worker.spent_steps
    assert said == [None, "semantic", None]
    assert provider.stats.requests == 2
    assert [one["input"] for one in words.seen] == list(ASKED)
    assert {one["path"] for one in words.seen} == {"/v1/embeddings"}
    assert {one["authorization"] for one in words.seen} == {"Bearer sk-words"}
    assert len(costs) == 6, "three questions of the client, three of the cache"


@pytest.mark.parametrize("status", [401, 500])
async def test_an_endpoint_that_fails_is_left_alone_for_a_while_and_nobody_waits(
    run_worker: Callable[..., Any], status: int
) -> None:
    with meaning() as words, ScriptedProvider() as provider:
        words.status = status
        async with (
            run_worker(*ends(provider, words), routes=(route(),)) as worker,
            worker.client() as client,
        ):
            said = await ask_all(client)
    assert said == [None, None, None]
    assert (provider.stats.requests, len(words.seen)) == (3, 1)


async def test_rules_hold_for_what_the_cache_asks(run_worker: Callable[..., Any]) -> None:
    rules = 'agents: {"*": {}}\nrules: [allowed_models: {models: ["one/*"]}]'
    with meaning() as words, ScriptedProvider() as provider:
        async with (
            run_worker(*ends(provider, words), routes=(route(),), yaml=rules) as worker,
            worker.client() as client,
        ):
            said = await ask_all(client)
    assert (said, words.seen) == ([None, None, None], [])


async def test_an_endpoint_that_cannot_be_reached_is_a_miss(run_worker: Callable[..., Any]) -> None:
    with ScriptedProvider() as provider:
        away = Meaning("http://127.0.0.1:9")
        async with (
            run_worker(*ends(provider, away), routes=(route(),)) as worker,
            worker.client() as client,
        ):
            assert await ask_all(client) == [None, None, None]
