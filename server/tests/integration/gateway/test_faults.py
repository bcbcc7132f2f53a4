"""The wall of stream faults: each ends in a typed error or a well-formed end, a record, and correct money."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from holdfast.record import price, read_usage
from holdfast_server.action.llm.config import Provider

Json = dict[str, Any]
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"
WORDS = 80


def chunk(data: bytes) -> bytes:
    """As it travels."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def sse(event: dict[str, Any], *, named: bool = True) -> bytes:
    """One server-sent event."""
    name = f"event: {event['type']}\n".encode() if named and "type" in event else b""
    return name + b"data: " + json.dumps(event, separators=(",", ":")).encode() + b"\n\n"


class Chat:
    """A stream of Chat Completions, one token an event."""

    path: ClassVar = "/v1/chat/completions"
    model: ClassVar = "gpt-4o-mini"
    body: ClassVar[Json] = {
        "model": model,
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
    }
    base: ClassVar[Json] = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": model,
    }
    usage: ClassVar[Json] = {
        "prompt_tokens": 9,
        "completion_tokens": WORDS,
        "total_tokens": 9 + WORDS,
    }

    def said(self, count: int) -> list[bytes]:
        first = sse({**self.base, "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]})
        delta = {"index": 0, "delta": {"content": "word"}, "finish_reason": None}
        return [first, *[sse({**self.base, "choices": [delta]})] * count]

    def end(self) -> list[bytes]:
        return [sse({**self.base, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})]

    def used(self) -> list[bytes]:
        return [sse({**self.base, "choices": [], "usage": self.usage})]

    def done(self) -> list[bytes]:
        return [b"data: [DONE]\n\n"]


class Responses:
    """A stream of the Responses API."""

    path: ClassVar = "/v1/responses"
    model: ClassVar = "gpt-4o-mini"
    body: ClassVar[Json] = {"model": model, "input": "hi", "stream": True}
    usage: ClassVar[Json] = {"input_tokens": 9, "output_tokens": WORDS, "total_tokens": 9 + WORDS}

    def said(self, count: int) -> list[bytes]:
        made = {"id": "resp_1", "model": self.model, "status": "in_progress", "output": []}
        item = {"type": "message", "id": "msg_1", "role": "assistant", "content": []}
        delta = {"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "delta": "word"}
        return [
            sse({"type": "response.created", "sequence_number": 0, "response": made}),
            sse({"type": "response.output_item.added", "output_index": 0, "item": item}),
            *[sse({**delta, "content_index": 0})] * count,
        ]

    def end(self) -> list[bytes]:
        return []

    def used(self) -> list[bytes]:
        made = {"id": "resp_1", "model": self.model, "status": "completed", "output": [], "usage": self.usage}
        return [sse({"type": "response.completed", "sequence_number": 99, "response": made})]

    def done(self) -> list[bytes]:
        return []


class Messages:
    """A stream of Anthropic Messages."""

    path: ClassVar = "/v1/messages"
    model: ClassVar = "claude-sonnet-4-5"
    body: ClassVar[Json] = {
        "model": model,
        "max_tokens": 200,
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
    }
    usage: ClassVar[Json] = {"input_tokens": 9, "output_tokens": WORDS}

    def said(self, count: int) -> list[bytes]:
        made = {
            "id": "msg_1",
            "model": self.model,
            "role": "assistant",
            "usage": {"input_tokens": 9, "output_tokens": 1},
        }
        delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "word"}}
        return [
            sse({"type": "message_start", "message": made}),
            sse({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
            *[sse(delta)] * count,
        ]

    def end(self) -> list[bytes]:
        return [sse({"type": "content_block_stop", "index": 0})]

    def used(self) -> list[bytes]:
        delta = {"stop_reason": "end_turn", "stop_sequence": None}
        return [sse({"type": "message_delta", "delta": delta, "usage": {"output_tokens": WORDS}})]

    def done(self) -> list[bytes]:
        return [sse({"type": "message_stop"})]


APIS = (Chat(), Responses(), Messages())
IDS = ("chat", "responses", "messages")


def provider(api: Any, url: str) -> Provider:
    """Whoever speaks this API, quick to give up."""
    name = "anthropic" if isinstance(api, Messages) else "openai"
    return Provider(
        name, url, apis=("chat", "responses", "messages"), secret="sk", idle_s=0.3, first_byte_s=2
    )


def cost_of(api: Any, usage: dict[str, int]) -> int | None:
    name = "anthropic" if isinstance(api, Messages) else "openai"
    return price(name, api.model, read_usage(usage)).cost_micro_usd


def is_typed_error(text: str) -> bool:
    """Whether the last event is an error that the API's client raises."""
    last = [line for line in text.splitlines() if line.startswith("data: ")][-1]
    return "error" in json.loads(last[6:])


async def stream(
    run_worker: Any, raw_upstream: Any, api: Any, pieces: list[bytes], *, stays: bool = False
) -> Any:
    """Send one stream through; what the client got, and the step."""
    async with (
        raw_upstream(pieces, stays=stays) as upstream,
        run_worker(provider(api, upstream.url)) as worker,
        worker.client() as client,
    ):
        answer = await client.post(api.path, json=api.body)
        (step,) = await worker.settled(1)
        assert not worker.gateway.calls
    assert step.decided_at >= 0
    assert step.ended_at > step.decided_at
    return answer, step


@pytest.mark.parametrize("api", APIS, ids=IDS)
@pytest.mark.parametrize("tokens", [40, 60])
async def test_a_stream_that_breaks_off_ends_with_a_typed_error_and_is_paid_as_far_as_it_came(
    run_worker: Callable[..., Any], raw_upstream: Any, api: Any, tokens: int
) -> None:
    pieces = [HEAD, *map(chunk, api.said(tokens))]
    answer, step = await stream(run_worker, raw_upstream, api, pieces)
    assert answer.status_code == 200
    assert answer.text.count("word") == tokens
    assert is_typed_error(answer.text)
    assert (step.status, step.usage.output_tokens) == ("failed", tokens)
    assert step.estimated
    assert step.cost_micro_usd > 0


async def test_the_error_at_the_end_of_a_numbered_stream_bears_the_next_number(
    run_worker: Callable[..., Any], raw_upstream: Any
) -> None:
    api = Responses()
    events = [sse({"type": "response.in_progress", "sequence_number": number}) for number in range(40)]
    answer, _ = await stream(run_worker, raw_upstream, api, [HEAD, *map(chunk, events)])
    last = json.loads(answer.text.rpartition("data: ")[2])
    assert (last["type"], last["sequence_number"]) == ("error", 40)


@pytest.mark.parametrize("api", APIS, ids=IDS)
async def test_a_stream_that_falls_silent_ends_with_a_typed_error(
    run_worker: Callable[..., Any], raw_upstream: Any, api: Any
) -> None:
    pieces = [HEAD, *map(chunk, api.said(40))]
    answer, step = await stream(run_worker, raw_upstream, api, pieces, stays=True)
    assert is_typed_error(answer.text)
    assert (step.status, step.error, step.usage.output_tokens) == ("failed", "stall", 40)


@pytest.mark.parametrize("api", APIS, ids=IDS)
async def test_a_malformed_chunk_ends_with_a_typed_error(
    run_worker: Callable[..., Any], raw_upstream: Any, api: Any
) -> None:
    pieces = [HEAD, *map(chunk, api.said(40)), b"zz\r\nwhat\r\n"]
    answer, step = await stream(run_worker, raw_upstream, api, pieces)
    assert is_typed_error(answer.text)
    assert (step.status, step.usage.output_tokens) == ("failed", 40)


@pytest.mark.parametrize("api", APIS, ids=IDS)
async def test_malformed_json_in_an_event_is_passed_on_and_the_usage_still_counts(
    run_worker: Callable[..., Any], raw_upstream: Any, api: Any
) -> None:
    events = [*api.said(WORDS), b"data: {broken\n\n", *api.end(), *api.used(), *api.done()]
    answer, step = await stream(run_worker, raw_upstream, api, [HEAD, *map(chunk, events), LAST])
    assert "{broken" in answer.text
    assert (step.status, step.cost_micro_usd) == ("done", cost_of(api, api.usage))


@pytest.mark.parametrize("api", APIS, ids=IDS)
@pytest.mark.parametrize("fault", ["none", "late", "twice", "no_done"])
async def test_usage_that_is_late_or_comes_twice_counts_once(
    run_worker: Callable[..., Any], raw_upstream: Any, api: Any, fault: str
) -> None:
    ends = {
        "none": [*api.end(), *api.used(), *api.done()],
        "late": [*api.end(), *api.done(), *api.used()],
        "twice": [*api.end(), *api.used(), *api.used(), *api.done()],
        "no_done": [*api.end(), *api.used()],
    }
    events = [*api.said(WORDS), *ends[fault]]
    answer, step = await stream(run_worker, raw_upstream, api, [HEAD, *map(chunk, events), LAST])
    assert answer.text.count("word") == WORDS
    assert (step.status, step.cost_micro_usd) == ("done", cost_of(api, api.usage))
    assert not step.estimated
    if isinstance(api, Chat):
        assert answer.text.count("[DONE]") == 1
        assert '"usage":{' not in answer.text, "the client did not ask for it"
    if isinstance(api, Messages):
        assert answer.text.count("event: message_stop") == 1


@pytest.mark.parametrize("api", APIS, ids=IDS)
async def test_an_answer_that_stops_without_saying_why_is_a_failure_and_is_paid_for(
    run_worker: Callable[..., Any], raw_upstream: Any, api: Any
) -> None:
    answer, step = await stream(run_worker, raw_upstream, api, [HEAD, *map(chunk, api.said(40)), LAST])
    assert is_typed_error(answer.text)
    assert "holdfast_unfinished" in answer.text
    assert (step.status, step.usage.output_tokens) == ("failed", 40)


async def test_usage_that_never_comes_is_counted_by_us(
    run_worker: Callable[..., Any], raw_upstream: Any
) -> None:
    api = APIS[0]
    events = [*api.said(WORDS), *api.end(), *api.done()]
    _, step = await stream(run_worker, raw_upstream, api, [HEAD, *map(chunk, events), LAST])
    assert (step.status, step.estimated, step.usage.output_tokens) == ("done", True, WORDS)


@pytest.mark.parametrize("api", APIS, ids=IDS)
async def test_a_stream_cut_at_any_byte_arrives_as_it_was_sent(
    run_worker: Callable[..., Any], raw_upstream: Any, api: Any
) -> None:
    events = b"".join([*api.said(6), *api.end(), *api.used(), *api.done()])
    for size in (1, 7, 64):
        pieces = [chunk(events[n : n + size]) for n in range(0, len(events), size)]
        answer, step = await stream(run_worker, raw_upstream, api, [HEAD, *pieces, LAST])
        shown = events if not isinstance(api, Chat) else events.replace(api.used()[0], b"")
        assert answer.content == shown
        assert step.cost_micro_usd == cost_of(api, api.usage)
