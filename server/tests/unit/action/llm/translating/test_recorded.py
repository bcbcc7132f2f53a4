"""Recorded requests, answers and streams of real providers, translated to every other API."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

from holdfast.record.models import find_endpoint
from holdfast.record.models.parts import data
from holdfast.record.models.streams import EventReader
from holdfast_server.action.llm.translating import Translation, Untranslatable, can_translate
from holdfast_server.action.llm.translating.form import Answer, Api, Call, Event, Text, Thought
from holdfast_server.action.llm.translating.gathering import gather
from holdfast_server.action.llm.translating.translation import (
    READ_ANSWER,
    READER,
    WRITE_ANSWER,
    Stream,
    writer_of,
)

RECORDED = Path(__file__).parents[7] / "shared" / "data" / "http_exchanges" / "exchanges.jsonl.gz"
CLIENTS: tuple[Api, ...] = ("chat", "responses", "messages")
SPOKEN: tuple[Api, ...] = (*CLIENTS, "gemini")


@cache
def exchanges() -> tuple[tuple[Api, dict[str, Any]], ...]:
    """Every recorded exchange in an API that is translated."""
    if not RECORDED.exists():
        pytest.skip("../shared/data/http_exchanges is not here: recorded exchanges are not translated")
    return tuple(_read())


def _read() -> Iterator[tuple[Api, dict[str, Any]]]:
    for line in gzip.decompress(RECORDED.read_bytes()).splitlines():
        row = json.loads(line)
        where = find_endpoint(row["method"].upper(), row["path"])
        if where is not None and where.asks and where.api in SPOKEN:
            yield cast("Api", where.api), row


def answered(kind: str) -> Iterator[tuple[Api, Api, dict[str, Any]]]:
    """Upstream, client and what was answered, for answers of one kind."""
    for upstream, row in exchanges():
        answer = row["response"]
        if answer["status"] < 400 and answer["kind"] == kind and answer["body"]:
            for client in CLIENTS:
                if can_translate(client, upstream):
                    yield upstream, client, row


def told(answer: Answer) -> tuple[str, str, list[tuple[str, str, Any]]]:
    thoughts = "".join(part.text for part in answer.parts if isinstance(part, Thought))
    texts = "".join(part.text for part in answer.parts if isinstance(part, Text))
    return thoughts, texts, [(p.id, p.name, data(p.arguments)) for p in answer.parts if isinstance(p, Call)]


def read_stream(body: bytes, api: Api) -> Answer:
    reader, events = READER[api](), list[Event]()
    found = EventReader(lambda event: events.extend(reader.read(event)))
    found.feed(body)
    found.finish()
    return gather([*events, *reader.end(marked=b"[DONE]" in body[-64:])])


def test_a_recorded_request_is_translated_or_refused_by_name() -> None:
    translated, refused = 0, list[str]()
    for client, row in exchanges():
        for upstream in SPOKEN:
            if not can_translate(client, upstream):
                continue
            try:
                Translation(client, upstream, row["request"]["body"], model="m")
                translated += 1
            except Untranslatable as error:
                refused.append(error.field)
    assert translated > 1_000
    assert all(refused)
    assert len(refused) < translated / 2


def test_a_recorded_answer_says_the_same_in_every_api() -> None:
    checked, strange = 0, set[Api]()
    for upstream, client, row in answered("json"):
        try:
            found = READ_ANSWER[upstream](row["response"]["body"])
        except Untranslatable:
            strange.add(upstream)
            continue
        again = READ_ANSWER[client](json.loads(json.dumps(WRITE_ANSWER[client](found))))
        assert told(again) == told(found), (row["id"], client)
        assert again.usage.input_tokens == found.usage.input_tokens, row["id"]
        assert again.usage.output_tokens == found.usage.output_tokens, row["id"]
        checked += 1
    assert checked > 800
    # Its own tools, whose calls no other API has.
    assert strange <= {"gemini"}


def test_a_recorded_stream_says_the_same_in_every_api() -> None:
    checked = failed = 0
    for upstream, client, row in answered("text"):
        body = row["response"]["body"].encode()
        stream = Stream(READER[upstream](), writer_of(client, counted=True))
        pieces = (body[place : place + 997] for place in range(0, len(body), 997))
        found = b"".join(map(stream.feed, pieces)) + stream.finish()
        if b"event: error\n" in found:
            failed += 1  # the provider failed, or said what only Gemini can
            continue
        assert told(read_stream(found, client)) == told(read_stream(body, upstream)), (row["id"], client)
        checked += 1
    assert checked > 300
    assert failed < 20
