"""A stream that is cut anywhere ends as its provider would have ended it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from holdfast.record.models import (
    CHAT,
    DIALECTS,
    MESSAGES,
    RESPONSES,
    Answered,
    Completions,
    Dialect,
    Gemini,
    Why,
    ending_of,
    error_event,
    glimpse_of,
)
from holdfast.record.models.streams import EventReader

GEMINI, COMPLETIONS = Gemini(), Completions()


def said(dialect: Dialect, text: str) -> list[dict[str, Any]]:
    """The events of an answer, word by word."""
    words = text.split(" ")
    match dialect.api:
        case "chat":
            first = {"id": "i", "model": "m", "choices": [{"index": 0, "delta": {"role": "assistant"}}]}
            return [first, *({"id": "i", "choices": [{"index": 0, "delta": {"content": w}}]} for w in words)]
        case "completions":
            return [{"id": "i", "model": "m", "choices": [{"index": 0, "text": w}]} for w in words]
        case "messages":
            start = {
                "type": "message_start",
                "message": {"id": "i", "model": "m", "usage": {"input_tokens": 7}},
            }
            block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
            more = [
                {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": w}}
                for w in words
            ]
            return [start, block, *more]
        case "responses":
            response = {"id": "i", "model": "m", "status": "in_progress"}
            item = {"type": "message", "id": "x", "role": "assistant", "content": []}
            events: list[dict[str, Any]] = [
                {"type": "response.created", "response": response},
                {"type": "response.output_item.added", "output_index": 0, "item": item},
            ]
            events += [
                {"type": "response.output_text.delta", "item_id": "x", "output_index": 0, "delta": w}
                for w in words
            ]
            return [{**one, "sequence_number": n} for n, one in enumerate(events)]
        case _:
            return [
                {
                    "responseId": "i",
                    "modelVersion": "m",
                    "candidates": [{"content": {"parts": [{"text": w}]}}],
                }
                for w in words
            ]


FINISH = {
    "chat": ("length", "content_filter"),
    "completions": ("length", "content_filter"),
    "messages": ("max_tokens", "refusal"),
    "responses": ("incomplete", "incomplete"),
    "gemini": ("MAX_TOKENS", "PROHIBITED_CONTENT"),
}


@pytest.mark.parametrize("glimpsed", [False, True])
@pytest.mark.parametrize("why", ["length", "refused"])
@pytest.mark.parametrize("dialect", [CHAT, MESSAGES, RESPONSES, GEMINI, COMPLETIONS], ids=lambda d: d.api)
def test_a_cut_stream_ends_well_formed_after_any_event(dialect: Dialect, why: Why, *, glimpsed: bool) -> None:
    events = said(dialect, "one two three")
    for cut in range(1, len(events) + 1):
        ending = ending_of(dialect, {"stream_options": {"include_usage": True}})
        glimpse = glimpse_of(dialect)
        answered = Answered()
        for place, event in enumerate(events[:cut]):
            data = json.dumps(event).encode()
            if glimpsed and place and not glimpse(data)[1]:
                ending.skip(data)
            else:
                ending.see(event)
            dialect.read_event(event, answered)
        before = "".join(answered.text)
        last = b"".join(ending.events(7, 9, why))
        assert last.endswith(b"\n\n")
        reader = EventReader(lambda event, into=answered: dialect.read_event(event, into))
        reader.feed(last)
        assert answered.finish == FINISH[dialect.api][why == "refused"]
        assert "".join(answered.text) == before
        assert answered.id == "i"
        assert any(count == 9 for count in answered.usage.values())


def test_what_is_open_is_closed() -> None:
    ending = ending_of(MESSAGES, {})
    for event in said(MESSAGES, "one"):
        ending.see(event)
    kinds = [json.loads(one.split(b"data: ")[1])["type"] for one in ending.events(1, 1)]
    assert kinds == ["content_block_stop", "message_delta", "message_stop"]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.api)
def test_a_failed_stream_says_so_as_an_error_and_not_as_an_end(dialect: Dialect) -> None:
    event = error_event(dialect, "gone", "upstream", 502)
    found: list[Any] = []
    EventReader(found.append).feed(event)
    assert event.startswith(b"event: error\ndata: {")
    assert event.endswith(b"\n\n")
    assert found[0]["error"]["message"] == "gone"
    answered = Answered()
    dialect.read_event(found[0], answered)
    assert answered.failed == "gone" or dialect.api == "embeddings"
    assert not answered.finish
    assert glimpse_of(dialect)(json.dumps(found[0]).encode())[1]
