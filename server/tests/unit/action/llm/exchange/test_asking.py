"""A body that may say one thing twice is looked at closely, wherever that stands in it."""

from __future__ import annotations

import pytest

from holdfast.errors import Invalid
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
