"""A call through the gateway: judged, passed on as it came, paid for and written down."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from holdfast.record import DecisionRecord, OutcomeRecord, decode_leaf
from holdfast.record.ledger import verify
from holdfast.record.ledger.reader import Reader
from holdfast.testing import ScriptedProvider, say, turns
from holdfast_server.action.llm.config import Provider
from holdfast_server.action.llm.exchange.unfolding import Unfolder
from holdfast_server.record.spans.journal import Journal

OPENAI = ("chat", "responses", "embeddings")
TEXT = "The order is on its way."
ASKED: dict[str, tuple[str, dict[str, Any]]] = {
    "chat": (
        "/v1/chat/completions",
        {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}]},
    ),
    "responses": ("/v1/responses", {"model": "gpt-4o-mini", "input": "hi"}),
    "messages": (
        "/v1/messages",
        {"model": "claude-sonnet-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "hi"}]},
    ),
}


def providers(url: str, **more: Any) -> tuple[Provider, ...]:
    """The scripted provider, as the two whose APIs it speaks."""
    return (
        Provider(
            "openai", url, apis=("chat", "responses", "embeddings"), secret="sk-up", models=("gpt-*",), **more
        ),
        Provider("anthropic", url, apis=("messages",), auth="x-api-key", secret="sk-ant-up", **more),
    )


@pytest.mark.parametrize("api", ASKED)
@pytest.mark.parametrize("stream", [False, True])
async def test_a_call_passes_and_is_paid_for_and_recorded(
    run_worker: Callable[..., Any], api: str, stream: bool
) -> None:
    path, body = ASKED[api]
    with ScriptedProvider(turns(say(TEXT, chunks=4))) as provider:
        async with run_worker(*providers(provider.url)) as worker, worker.client() as client:
            answer = await client.post(path, json={**body, "stream": stream})
            (step,) = await worker.settled(1)
            seen = provider.requests[0]
            ledger = worker.gateway.folder
    assert answer.status_code == 200
    assert answer.headers["x-holdfast-step"] == step.id
    assert (said_in(answer.text) if stream else answer.text).count(TEXT) == 1
    assert not any(name.startswith("x-holdfast") for name in seen.headers)
    assert (step.status, step.usage.output_tokens) == ("done", 6)
    assert step.cost_micro_usd
    assert bool(step.answer_id)
    assert (step.first_ns > 0) == stream
    records = written(ledger)
    assert [type(one) for one in records] == [DecisionRecord, OutcomeRecord]
    assert (records[0].step, records[1].cost_micro_usd) == (step.id, step.cost_micro_usd)


async def test_what_is_shipped_of_a_call_is_whole_and_redacted(run_worker: Callable[..., Any]) -> None:
    path, body = ASKED["chat"]
    secret = "sk-ant-api03-" + "b" * 80
    body = {**body, "messages": [{"role": "user", "content": f"keep {secret} for me"}]}
    with ScriptedProvider(turns(say(TEXT))) as provider:
        async with run_worker(*providers(provider.url)) as worker, worker.client() as client:
            await client.post(path, json=body)
            await worker.settled(1)
        frames = list(Journal(worker.folder / "journal").read_kept())
    (frame,) = frames
    records, spans = Unfolder(pii=False, contents=True).unfold(frame.body)
    assert [one.index for one in records] == [0, 1]
    asked, answered = (one.payload or {} for one in records)
    assert asked["title"].startswith("keep [redacted:")
    assert answered["result"] == TEXT
    (span,) = spans
    told = repr(span)
    assert TEXT in told
    assert secret not in told


def said_in(stream: str) -> str:
    """The text of a stream in any of the three APIs."""
    found: list[str] = []
    for line in stream.splitlines():
        if line.startswith("data: {"):
            event = json.loads(line[6:])
            choices = event.get("choices") or [{}]
            delta = choices[0].get("delta") or event.get("delta") or {}
            if isinstance(delta, str):
                found.append(delta)
            else:
                found.append(delta.get("content") or delta.get("text") or "")
    return "".join(found)


def written(folder: Path) -> list[Any]:
    """The records of a worker's ledger, which holds."""
    report = verify(folder)
    assert report.ok, report.error
    return [decode_leaf(leaf) for _, leaf in Reader(folder).records(0, 100)]


async def test_counting_tokens_costs_nothing(run_worker: Callable[..., Any], raw_upstream: Any) -> None:
    body = b'{"input_tokens":14}'
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
    async with (
        raw_upstream([head + body]) as upstream,
        run_worker(*providers(upstream.url)) as worker,
        worker.client() as client,
    ):
        answer = await client.post("/v1/messages/count_tokens", json=ASKED["messages"][1])
        (step,) = await worker.settled(1)
    assert answer.content == body
    assert (step.status, step.cost_micro_usd, step.usage.input_tokens) == ("done", 0, 0)


async def test_a_whole_answer_without_usage_is_counted_by_us(
    run_worker: Callable[..., Any], raw_upstream: Any
) -> None:
    said = {"index": 0, "message": {"role": "assistant", "content": "x" * 400}, "finish_reason": "stop"}
    body = json.dumps({"id": "c", "model": "gpt-4o-mini", "choices": [said]}).encode()
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
    async with (
        raw_upstream([head + body]) as upstream,
        run_worker(*providers(upstream.url)) as worker,
        worker.client() as client,
    ):
        await client.post(ASKED["chat"][0], json=ASKED["chat"][1])
        (step,) = await worker.settled(1)
    assert (step.status, step.estimated, step.usage.output_tokens) == ("done", True, 100)
