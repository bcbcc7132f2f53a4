"""Answers that end before they begin: another target gives one, or the client is told in its API's words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import pytest

from holdfast.decision.budgets import BudgetTerms
from holdfast.record import OutcomeRecord, decode_leaf
from holdfast.record.ledger.reader import Reader
from holdfast.testing import ScriptedProvider, say, turns
from holdfast_server.action.llm.config import Provider, Route, Target

STREAMED: Final = "text/event-stream"
WHOLE: Final = "application/json"
HI: Final = [{"role": "user", "content": "hi"}]
CHAT: Final = "/v1/chat/completions"
ASKED: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "chat": (CHAT, {"messages": HI}),
    "responses": ("/v1/responses", {"input": "hi"}),
    "messages": ("/v1/messages", {"max_tokens": 9, "messages": HI}),
    "gemini": ("/v1beta/models/", {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}),
}


class Death(NamedTuple):
    """How an answer ends before its first byte."""

    framing: bytes
    rest: bytes
    stays: bool
    error: str
    """What is written down of a try that died so, streamed or whole."""
    error_whole: str

    def pieces(self, kind: str) -> list[bytes]:
        head = b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\n%b\r\n" % (kind.encode(), self.framing)
        return [head, self.rest] if self.rest else [head]


CHUNKED: Final = b"transfer-encoding: chunked\r\n"
DEATHS: Final = {
    "cut": Death(CHUNKED, b"", stays=False, error="reset", error_whole="reset"),
    "closed": Death(b"", b"", stays=False, error="reset", error_whole="Malformed"),
    "empty": Death(CHUNKED, b"0\r\n\r\n", stays=False, error="reset", error_whole="Malformed"),
    "no length": Death(b"content-length: 0\r\n", b"", stays=True, error="reset", error_whole="Malformed"),
    "silent": Death(CHUNKED, b"", stays=True, error="timeout", error_whole="timeout"),
}
EVERY_API = pytest.mark.parametrize("api", ASKED)
EVERY_DEATH = pytest.mark.parametrize("death", DEATHS.values(), ids=DEATHS)
EVERY_KIND = pytest.mark.parametrize("kind", [STREAMED, WHOLE], ids=["streamed", "whole"])


def request_of(api: str, model: str, kind: str) -> dict[str, Any]:
    """What a client posts."""
    path, body = ASKED[api]
    streamed = kind == STREAMED
    if api == "gemini":
        verb = "streamGenerateContent?alt=sse" if streamed else "generateContent"
        return {"url": f"{path}{model}:{verb}", "json": body}
    return {"url": path, "json": {**body, "model": model, "stream": streamed}}


def end(name: str, url: str, *apis: Any) -> Provider:
    spoken = apis or ("chat", "responses", "messages", "gemini")
    return Provider(name, url, apis=spoken, secret="sk", first_byte_s=0.3)


def outcomes(worker: Any) -> list[OutcomeRecord]:
    """What came of every try, as the ledger has it."""
    leaves = Reader(worker.gateway.folder).records(0, 100)
    found = [decode_leaf(leaf) for _, leaf in leaves]
    return [one for one in found if isinstance(one, OutcomeRecord)]


@EVERY_API
@EVERY_KIND
@EVERY_DEATH
async def test_another_target_answers_and_both_tries_are_written_down(
    run_worker: Callable[..., Any], raw_upstream: Any, api: str, kind: str, death: Death
) -> None:
    route = Route("fast", (Target("one", "gpt-4o-mini"), Target("two", "gpt-4o-mini")))
    budget = BudgetTerms("bud_1", "org", "*", "usd", 1_000_000)
    with ScriptedProvider(turns(say("Here.", chunks=1))) as other:
        async with raw_upstream(death.pieces(kind), stays=death.stays) as upstream:
            ends = (end("one", upstream.url), end("two", other.url))
            async with run_worker(*ends, routes=(route,), budgets=(budget,)) as worker:
                async with worker.client() as client:
                    answer = await client.post(**request_of(api, "fast", kind))
                (step,) = await worker.settled(1)
                tries = outcomes(worker)
            spent = worker.bank.spent
        assert len(upstream.bodies) == 1
    assert answer.status_code == 200
    assert "Here" in answer.text
    assert answer.headers["x-holdfast-step"] == step.id
    assert answer.headers["content-type"].startswith(kind)
    error = death.error if kind == STREAMED else death.error_whole
    assert [(one.status, one.error_class) for one in tries] == [("failed", error), ("done", "")]
    assert [one.cost_micro_usd for one in tries] == [0, spent]
    assert spent > 0


@EVERY_API
@EVERY_KIND
@EVERY_DEATH
async def test_where_there_is_no_other_the_client_is_told(
    run_worker: Callable[..., Any], raw_upstream: Any, api: str, kind: str, death: Death
) -> None:
    async with (
        raw_upstream(death.pieces(kind), stays=death.stays) as upstream,
        run_worker(end("one", upstream.url)) as worker,
    ):
        async with worker.client() as client:
            answer = await client.post(**request_of(api, "gpt-4o-mini", kind))
        (step,) = await worker.settled(1)
        assert not worker.gateway.calls
        assert not worker.door.relays
    error = death.error if kind == STREAMED else death.error_whole
    assert answer.status_code == (504 if error == "timeout" else 502)
    assert answer.headers["content-type"] == WHOLE
    assert f"holdfast_{error.lower()}" in answer.text
    assert "error" in answer.json()
    assert (step.status, step.error, step.cost_micro_usd) == ("failed", error, 0)


async def test_a_call_that_is_stopped_meanwhile_is_told_so(
    run_worker: Callable[..., Any], raw_upstream: Any
) -> None:

    async with (
        raw_upstream(DEATHS["cut"].pieces(STREAMED), stays=True) as upstream,
        run_worker(Provider("one", upstream.url, secret="sk")) as worker,
        worker.client() as client,
    ):
        asking = asyncio.create_task(client.post(**request_of("chat", "gpt-4o-mini", STREAMED)))
        async with asyncio.timeout(10):
            while not any(relay.heard for relay in worker.door.relays.values()):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.005)
        (call,) = worker.gateway.calls
        assert worker.door.stop(call, "killed")
        answer = await asking
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "holdfast_halt"


@EVERY_KIND
async def test_the_next_target_is_asked_in_its_own_api(
    run_worker: Callable[..., Any], raw_upstream: Any, kind: str
) -> None:
    route = Route("fast", (Target("one", "claude-sonnet-4-5"), Target("two", "gpt-4o-mini")))
    with ScriptedProvider(turns(say("Here.", chunks=1))) as other:
        async with raw_upstream(DEATHS["cut"].pieces(kind)) as upstream:
            ends = (end("one", upstream.url, "messages"), end("two", other.url, "chat"))
            async with run_worker(*ends, routes=(route,)) as worker, worker.client() as client:
                answer = await client.post(**request_of("chat", "fast", kind))
                await worker.settled(1)
    assert answer.status_code == 200
    assert "Here" in answer.text
    assert "chat.completion" in answer.text
