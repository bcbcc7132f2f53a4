"""Translating loses nothing that both sides can say, and a stream says what the whole says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.record.models.streams import EventReader
from holdfast.record.usage import Usage
from holdfast_server.action.llm.translating.form import (
    Answer,
    Api,
    Argued,
    Began,
    Call,
    Called,
    Closed,
    Counted,
    Ended,
    Event,
    Image,
    Message,
    Request,
    Result,
    Said,
    Stop,
    Text,
    Thinking,
    Thought,
    Tool,
)
from holdfast_server.action.llm.translating.gathering import gather
from holdfast_server.action.llm.translating.streaming import Writer
from holdfast_server.action.llm.translating.translation import (
    READ_ANSWER,
    READ_REQUEST,
    READER,
    WRITE_ANSWER,
    Stream,
    Translation,
    write_request,
    writer_of,
)

SPOKEN: tuple[Api, ...] = ("chat", "responses", "messages")
PAIRS = [(client, upstream) for client, upstream in product(SPOKEN, SPOKEN) if client != upstream]

words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)
names = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
objects = st.dictionaries(names, st.one_of(words, st.integers(-9, 9), st.booleans()), max_size=3)
arguments = objects.map(lambda one: json.dumps(one, ensure_ascii=False))
stops: st.SearchStrategy[Stop] = st.sampled_from(["end", "length", "filter"])
usages = st.builds(
    lambda asked, read, made, thought: Usage(
        asked + read, made + thought, cache_read=read, reasoning=thought
    ),
    *[st.integers(0, 999)] * 4,
)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """What every API can say, in the order that every API keeps."""
    thoughts = draw(st.lists(st.builds(Thought, words), max_size=1))
    texts = draw(st.lists(st.builds(Text, words), max_size=1))
    called = draw(st.lists(st.tuples(names, arguments), max_size=3))
    calls = [Call(f"call_{place}", name, text) for place, (name, text) in enumerate(called)]
    usage = draw(usages)
    if not thoughts:
        usage = Usage(usage.input_tokens, usage.output_tokens, cache_read=usage.cache_read)
    return Answer(
        id="a1",
        model="m",
        parts=(*thoughts, *texts, *calls),
        stop="calls" if calls else draw(stops),
        usage=usage,
    )


def told(answer: Answer) -> tuple[Any, ...]:
    """What an answer says, without what only one API keeps."""
    thoughts = [part.text for part in answer.parts if isinstance(part, Thought)]
    texts = [part.text for part in answer.parts if isinstance(part, Text)]
    calls = [(p.id, p.name, json.loads(p.arguments)) for p in answer.parts if isinstance(p, Call)]
    counts = (answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.cache_read)
    return "".join(thoughts), "".join(texts), calls, answer.stop, counts, answer.id, answer.model


def in_pieces(answer: Answer, size: int) -> Iterable[Event]:
    """The answer as it would be streamed, some characters at a time."""
    yield Began(answer.id, answer.model)
    for part in answer.parts:
        match part:
            case Text():
                yield from (Said(piece) for piece in _cut(part.text, size))
            case Thought():
                yield from (Thinking(piece) for piece in _cut(part.text, size))
            case Call():
                yield Called(part.id, part.name)
                yield from (Argued(piece) for piece in _cut(part.arguments, size))
        yield Closed()
    yield Counted(answer.usage)
    yield Ended(answer.stop)


def _cut(text: str, size: int) -> list[str]:
    return [text[place : place + size] for place in range(0, len(text), size)]


def streamed(answer: Answer, api: Api, size: int) -> bytes:
    """The answer as the upstream of an API streams it."""
    writer = writer_of(api, counted=True)
    return b"".join(writer.write(event) for event in in_pieces(answer, size))


def read_stream(data: bytes, api: Api) -> Answer:
    """What a client of an API reads in a stream."""
    reader, events = READER[api](), list[Event]()
    found = EventReader(lambda event: events.extend(reader.read(event)))
    found.feed(data)
    found.finish()
    return gather([*events, *reader.end(marked=True)])


def split(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def translated(data: bytes, cuts: Sequence[int], *, client: Api, upstream: Api) -> bytes:
    stream = Stream(READER[upstream](), writer_of(client, counted=True))
    return b"".join(stream.feed(piece) for piece in split(data, cuts)) + stream.finish()


@pytest.mark.parametrize("api", SPOKEN)
@given(answer=answers())
def test_an_answer_comes_back_whole_from_every_api(api: Api, answer: Answer) -> None:
    body = json.loads(json.dumps(WRITE_ANSWER[api](answer)))
    assert told(READ_ANSWER[api](body)) == told(answer)


@pytest.mark.parametrize("api", SPOKEN)
@given(answer=answers(), size=st.integers(1, 5))
@settings(max_examples=40)
def test_an_answer_comes_back_whole_from_the_stream_of_every_api(api: Api, answer: Answer, size: int) -> None:
    assert told(read_stream(streamed(answer, api, size), api)) == told(answer)


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
@given(answer=answers(), size=st.integers(1, 5), cuts=st.lists(st.integers(0, 20_000), max_size=8))
@settings(max_examples=40)
def test_a_translated_stream_says_what_the_translated_whole_says(
    client: Api, upstream: Api, answer: Answer, size: int, cuts: list[int]
) -> None:
    stream = streamed(answer, upstream, size)
    found = translated(stream, cuts, client=client, upstream=upstream)
    whole = WRITE_ANSWER[client](READ_ANSWER[upstream](WRITE_ANSWER[upstream](answer)))
    assert told(read_stream(found, client)) == told(READ_ANSWER[client](whole))
    assert found == translated(stream, (), client=client, upstream=upstream)


@pytest.mark.parametrize("upstream", ["chat", "messages"])
@given(answer=answers(), size=st.integers(1, 5))
@settings(max_examples=40)
def test_the_last_event_of_a_response_repeats_the_whole(upstream: Api, answer: Answer, size: int) -> None:
    found = translated(streamed(answer, upstream, size), (), client="responses", upstream=upstream)
    last = json.loads(found.rpartition(b"data: ")[2])["response"]
    assert told(READ_ANSWER["responses"](last)) == told(answer)


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
@given(answer=answers(), cut=st.integers(0, 20_000))
@settings(max_examples=40)
def test_a_stream_that_breaks_off_is_never_taken_for_a_whole_one(
    client: Api, upstream: Api, answer: Answer, cut: int
) -> None:
    stream = streamed(answer, upstream, 3)
    part = stream[: cut % len(stream)]
    found = translated(part, (), client=client, upstream=upstream)
    whole = translated(stream, (), client=client, upstream=upstream)
    if b"event: error" in found:
        before, _, error = found.rpartition(b"event: error")
        assert whole.startswith(before)
        assert b"ended before its end" in error
    else:
        # All was said; what may be missing is the usage, and the mark that nothing follows.
        assert told(read_stream(found, client))[:4] == told(answer)[:4]


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """What every API can be asked."""
    texts = st.builds(Text, words)
    images = st.sampled_from([Image(media="image/png", data="aGk="), Image(url="https://example.com/a.png")])
    messages: list[Message] = [Message("system", (draw(texts),))] if draw(st.booleans()) else []
    for turn in range(draw(st.integers(1, 3))):
        said = draw(st.lists(st.one_of(texts, images), min_size=1, max_size=3))
        messages.append(Message("user", tuple(said)))
        called = draw(st.lists(st.tuples(names, arguments), max_size=2))
        calls = [Call(f"c{turn}_{place}", *one) for place, one in enumerate(called)]
        messages.append(Message("assistant", (draw(texts), *calls)))
        if calls:
            results = [Result(one.id, (draw(texts),)) for one in calls]
            messages += [Message("user", tuple(results))]
    tools = draw(st.lists(st.builds(Tool, names, words, st.just({"type": "object"})), max_size=2))
    return Request(
        model="m",
        messages=tuple(messages),
        tools=tuple(tools),
        limit=draw(st.integers(1, 9_999)),
        temperature=draw(st.sampled_from([None, 0.5])),
        streamed=draw(st.booleans()),
        user=draw(st.sampled_from(["", "u"])),
    )


def asked(request: Request) -> tuple[Any, ...]:
    """What a request asks for, each result and each run of words by itself, as every API tells them apart."""
    parts: list[Any] = []
    for message in request.messages:
        for part in message.parts:
            plain = Image(media=part.media, data=part.data, url=part.url) if isinstance(part, Image) else part
            parts.append((message.role, _call(plain) if isinstance(plain, Call) else plain))
    tools = [(tool.name, tool.description, tool.parameters) for tool in request.tools]
    return parts, tools, request.limit, request.temperature, request.streamed, request.user, request.model


def _call(call: Call) -> tuple[str, str, Any]:
    return call.id, call.name, json.loads(call.arguments)


@pytest.mark.parametrize("api", SPOKEN)
@given(request=requests())
@settings(max_examples=40)
def test_a_request_comes_back_whole_from_every_api(api: Api, request: Request) -> None:
    _, body = write_request(request, api)
    assert asked(READ_REQUEST[api](json.loads(json.dumps(body)))) == asked(request)


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
@given(request=requests())
@settings(max_examples=40)
def test_what_is_asked_arrives_translated(client: Api, upstream: Api, request: Request) -> None:
    _, body = write_request(request, client)
    translation = Translation(client, upstream, json.loads(json.dumps(body)), model="m")
    assert asked(READ_REQUEST[upstream](json.loads(translation.body))) == asked(request)


def test_every_writer_writes_every_event() -> None:
    for api in SPOKEN:
        assert isinstance(writer_of(api, counted=True), Writer)
