"""Budgets through the gateway: nobody overspends, and what a budget ends is ended well."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from holdfast.decision.budgets import BudgetTerms
from holdfast.testing import Reply, Rule, Scenario, ScriptedProvider, say, turns
from holdfast_server.action.llm.config import Provider

CLIENTS, CALLS, CONNECTIONS = 8, 500, 10
LIMIT = 6_000
BUDGET = BudgetTerms("bud_1", "key", "*", "usd", LIMIT)
BODY = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 40}
LONG = {**BODY, "max_tokens": 900, "stream": True}
CHAT = "/v1/chat/completions"


def openai(url: str) -> Provider:
    return Provider("openai", url, apis=("chat",), secret="sk", connections_max=64)


def ends_well(text: str) -> bool:
    """Whether a stream has a finish reason and then its last event."""
    events = [line[6:] for line in text.splitlines() if line.startswith("data: ")]
    finished = [json.loads(one)["choices"][0]["finish_reason"] for one in events[:-1]]
    return events[-1] == "[DONE]" and finished[-1] in {"stop", "length"}


async def test_many_clients_at_once_spend_no_more_than_there_is(run_worker: Callable[..., Any]) -> None:
    async def connection(worker: Any, part: int) -> list[int]:
        """One client's connection: a lean one, because thousands of calls pass through it."""
        host, port = worker.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        found = [await one(reader, writer, worker, place) for place in range(part, CALLS, CONNECTIONS)]
        writer.close()
        return found

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, worker: Any, place: int) -> int:
        streamed = place % 2 == 0
        writer.write(worker.request(CHAT, {**BODY, "stream": streamed}))
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        if b"chunked" in head:
            text = await reader.readuntil(b"\r\n0\r\n\r\n")
            assert b'"finish_reason":"stop"' in text
            assert text.rstrip().endswith(b"[DONE]\n\n\r\n0")
        else:
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            body = json.loads(await reader.readexactly(length))
            assert status == 200 or body["error"]["code"] == "holdfast_budget_spent"
            assert (b"x-should-retry: false" in head) == (status != 200)
        return status

    with ScriptedProvider(turns(say("word " * 30, chunks=3))) as provider:
        async with run_worker(openai(provider.url), budgets=[BUDGET]) as worker:
            parts = [n % CONNECTIONS for n in range(CLIENTS * CONNECTIONS)]
            found = await asyncio.gather(*(connection(worker, part) for part in parts))
            steps = list(worker.spent_steps)
            bank = worker.bank
        said = provider.stats
    statuses = [status for some in found for status in some]
    assert set(statuses) == {200, 403}
    assert len(statuses) == CLIENTS * CALLS
    used = sum(cost for cost in steps)
    assert used <= LIMIT
    assert used > LIMIT * 0.9, "what is there can be used"
    assert bank.spent == used, "the books say the same"
    assert said.requests == statuses.count(200)


async def test_an_answer_without_a_limit_is_clamped_to_what_is_left(run_worker: Callable[..., Any]) -> None:
    left = BudgetTerms("bud_1", "key", "*", "tokens", 200)
    body = {name: one for name, one in BODY.items() if name != "max_tokens"}
    with ScriptedProvider(turns(say("It is on its way."))) as provider:
        async with run_worker(openai(provider.url), budgets=[left]) as worker, worker.client() as client:
            answer = await client.post(CHAT, json=body)
            asked = provider.requests[0].body
    assert answer.status_code == 200
    assert int(answer.headers["x-holdfast-clamped"]) == asked["max_completion_tokens"] < 200


async def test_a_stream_is_cut_at_the_token_where_its_hold_ends(
    run_worker: Callable[..., Any], raw_upstream: Any
) -> None:
    """The provider does not keep to a limit, so the answer would go on for ever."""
    event = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "gpt-4o-mini"}
    piece = {**event, "choices": [{"index": 0, "delta": {"content": "word"}, "finish_reason": None}]}
    data = b"data: " + json.dumps(piece).encode() + b"\n\n"
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    pieces = [head, *[b"%x\r\n%b\r\n" % (len(data), data)] * 2_000]
    left = BudgetTerms("bud_1", "key", "*", "tokens", 1_000)
    body = {name: one for name, one in BODY.items() if name != "max_tokens"} | {"stream": True}
    async with (
        raw_upstream(pieces, stays=True) as upstream,
        run_worker(openai(upstream.url), budgets=[left]) as worker,
        worker.client() as client,
    ):
        answer = await client.post(CHAT, json=body)
        (step,) = await worker.settled(1)
        await asyncio.wait_for(upstream.left.wait(), 5)
        assert worker.bank.spent + step.usage.input_tokens <= 1_000 + step.usage.input_tokens
    assert ends_well(answer.text)
    assert step.usage.input_tokens + step.usage.output_tokens <= 1_000
    assert step.status == "done"


async def test_a_client_that_leaves_pays_for_what_was_produced(
    run_worker: Callable[..., Any],
) -> None:
    script = Scenario(rules=(Rule(reply=Reply(text="word " * 400, chunks=100, chunk_interval_ms=5)),))
    with ScriptedProvider(script) as provider:
        async with run_worker(openai(provider.url), budgets=[BUDGET]) as worker, worker.client() as client:
            async with client.stream("POST", CHAT, json=LONG) as answer:
                async for text in answer.aiter_text():
                    if "word" in text:
                        break
            (step,) = await worker.settled(1)
    assert (step.status, step.estimated) == ("cancelled", True)
    assert 0 < step.usage.output_tokens < 400
    assert step.cost_micro_usd > 0
