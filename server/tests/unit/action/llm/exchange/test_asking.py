"""A body that may say one thing twice is looked at closely, wherever that stands in it."""

from __future__ import annotations

import json

import pytest

from holdfast.errors import Invalid
from holdfast_server.action.llm.config import Api
from holdfast_server.action.llm.exchange.apis import Path
from holdfast_server.action.llm.exchange.asking import read_question
from holdfast_server.action.llm.exchange.repeating import SHORT_MAX

CHAT = Path("chat")


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"a","messages":[],"model":"b"}',
        b'{"model":"a","messages":[],"messages":[1]}',
        b'{"model":"a","messages":[],"tools":[],"tools":[]}',
        b'{"model":"a","messages":[],"stream":true,"stream":false}',
        b'{"model":"a","messages":[],"max_tokens":1,"max_tokens":9}',
        b'{"model":"a","messages":[],"mo\\u0064el":"b"}',
        b'{"model":"a","messages":[{"content":"say \\"model"}],"model":"b"}',
    ],
)
def test_what_is_judged_may_stand_only_once(body: bytes) -> None:
    with pytest.raises(Invalid, match="twice"):
        read_question(CHAT, body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"a","messages":[{"content":"a \\"model\\" and a \\"model\\""}]}',
        b'{"model":"a","messages":[{"content":"\\u0064"}],"max_tokens":1,"max_completion_tokens":1}',
        b'{"model":"a","messages":[],"metadata":{"model":"b","input":"x"}}',
    ],
)
def test_the_same_words_within_are_nobodys_harm(body: bytes) -> None:
    assert read_question(CHAT, body).model == "a"


LONG = b" " * SHORT_MAX


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"a","messages":[],"input":1,"input":12}',
        b'{"model":"a","messages":[],"input":12,"input":1}',
        b'{"model":"a","messages":[],"n":1 , "n" : 1}',
        b'{"model":"a","model":"a","messages":[]}',
        b'{"messages":[],"mo\\u0064el":"a","model":"b"}',
    ],
)
def test_a_long_body_is_gone_along_and_what_stands_twice_is_found(body: bytes) -> None:
    with pytest.raises(Invalid, match="twice"):
        read_question(CHAT, body[:-1] + LONG + b"}")


def test_an_agents_tool_calls_are_no_repetition() -> None:
    called = b'{"type":"tool_use","name":"f","input":{"model":"x"}}'
    body = b'{"model":"a", "messages":[{"content":[' + b",".join([called] * 99) + b']}],\n "stream" : true }'
    assert len(body) > SHORT_MAX
    assert read_question(CHAT, body).streamed


def test_an_upload_is_nobodys_json() -> None:
    batch = b'--b\r\n\r\n{"model":"a"}\n{"model":"b"}\r\n--b--'
    assert read_question(Path("files", "stored", model="files"), batch).model == "files"


def test_tools_that_stand_among_what_was_said_are_offered_like_others() -> None:
    space = {"type": "namespace", "name": "n", "tools": [{"type": "function", "name": "f"}]}
    item = {"type": "additional_tools", "role": "developer", "tools": [space, {"type": "web_search"}]}
    asked = read_question(Path("responses"), json.dumps({"model": "a", "input": [item]}).encode())
    assert (asked.tools, asked.hosted, asked.messages) == (("f",), ("web_search",), 1)
    defined = {"type": "tool_definition", "definition": {"name": "f"}}
    tools = (defined, {"type": "tool_reference", "name": "g"})
    said = {"role": "system", "content": [{"type": "tool_addition", "tool": one} for one in tools]}
    body = json.dumps({"model": "a", "messages": [{"role": "user", "content": "hi"}, said]}).encode()
    assert read_question(Path("messages"), body).tools == ("f",)


@pytest.mark.parametrize(
    ("api", "body"),
    [
        ("responses", '{"model":"a","input":[{"type":"message","type":"additional_tools","tools":[]}]}'),
        ("responses", '{"model":"a","input":[{"type":"additional_tools","tools":[{}],"tools":[]}]}'),
        (
            "messages",
            '{"model":"a","messages":[{"content":[{"type":"tool_addition","tool":{"name":"f"},"type":"text"}]}]}',
        ),
        (
            "messages",
            '{"model":"a","messages":[{"content":[{"type":"tool_addition","tool":{"type":"a","type":"b"}}]}]}',
        ),
    ],
)
def test_what_offers_tools_in_between_says_nothing_twice(api: Api, body: str) -> None:
    with pytest.raises(Invalid, match="twice"):
        read_question(Path(api), body.encode())


@pytest.mark.parametrize("word", ["prompt", "previous_response_id", "conversation"])
def test_what_goes_on_with_something_kept_elsewhere_may_call_tools_that_do_not_stand_here(word: str) -> None:
    asked = read_question(Path("responses"), f'{{"model":"a","input":"hi","{word}":"x_1"}}'.encode())
    assert (asked.tools, asked.may_call) == ((), True)
    assert not read_question(Path("responses"), b'{"model":"a","input":"hi"}').may_call
