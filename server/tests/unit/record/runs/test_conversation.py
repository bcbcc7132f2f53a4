"""What was said is shown once, in order, whichever dialect wrote it."""

from __future__ import annotations

import json

from holdfast_server.record.runs.conversation import put_together
from holdfast_server.record.spans.span import Span


def call(place: int, given: object, made: object) -> Span:
    text = [one if isinstance(one, str) else json.dumps(one) for one in (given, made)]
    return Span(
        "t" * 32,
        f"{place:016x}",
        "",
        place,
        place + 1,
        "chat",
        "model",
        agent="a",
        input=text[0],
        output=text[1],
    )


def said(*spans: Span) -> list[tuple[str, str]]:
    return [
        (message.role, part.text or part.name or str(part.result))
        for message in put_together(spans)
        for part in message.parts
    ]


USER = {"role": "user", "content": "refund 7"}
CALL = {
    "role": "assistant",
    "tool_calls": [{"id": "c1", "function": {"name": "look", "arguments": '{"id":7}'}}],
}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "found"}


def test_what_a_later_call_repeats_is_said_once() -> None:
    first, second = (
        call(1, [USER], [CALL]),
        call(2, [USER, CALL, RESULT], [{"role": "assistant", "content": "done"}]),
    )
    assert said(first, second) == [
        ("user", "refund 7"),
        ("assistant", "look"),
        ("tool", "found"),
        ("assistant", "done"),
    ]


def test_the_parts_of_the_semantic_conventions_are_read() -> None:
    given = [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]
    made = [
        {
            "role": "assistant",
            "parts": [
                {"type": "reasoning", "content": "hm"},
                {"type": "tool_call", "id": "c", "name": "look", "arguments": {"a": 1}},
                {"type": "tool_call_response", "id": "c", "response": {"b": 2}},
            ],
        }
    ]
    messages = put_together([call(1, given, made)])
    assert [part.type for part in messages[1].parts] == ["reasoning", "tool_call", "tool_result"]
    assert messages[1].parts[1].arguments == {"a": 1}


def test_plain_words_are_a_message() -> None:
    assert said(call(1, "what is it?", "a duck")) == [("user", "what is it?"), ("assistant", "a duck")]


def test_what_is_json_but_no_message_is_shown_as_it_is() -> None:
    assert said(call(1, "[1, 2]", '{"x": 1}')) == [("user", "[1, 2]"), ("assistant", '{"x": 1}')]
