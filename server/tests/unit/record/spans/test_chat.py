"""Messages of every API and framework in one form."""

from __future__ import annotations

import json
from typing import Any

import pytest

from holdfast_server.record.spans.chat import opening, read_calls, read_chat

A = {"a": 1}
CALL = {"type": "tool_call", "id": "c1", "name": "look", "arguments": A}


def answer(holder: str, *parts: dict[str, Any], role: str = "assistant") -> dict[str, Any]:
    return {"role": role, holder: list(parts)}


FUNCTION = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": json.dumps(A)}}
LANGCHAIN = {"content": "", "tool_calls": [{"name": "look", "args": A, "id": "c1", "type": "tool_call"}]}
SHAPES: dict[str, Any] = {
    "conventions": [answer("parts", CALL)],
    "openai chat": {"choices": [{"message": {**answer("tool_calls", FUNCTION), "content": None}}]},
    "openai responses": {
        "output": [{"type": "function_call", "call_id": "c1", "name": "look", "arguments": json.dumps(A)}]
    },
    "anthropic": answer("content", {"type": "tool_use", "id": "c1", "name": "look", "input": A}),
    "bedrock": {
        "output": {"message": answer("content", {"toolUse": {"toolUseId": "c1", "name": "look", "input": A}})}
    },
    "gemini": {
        "candidates": [
            {
                "content": answer(
                    "parts", {"functionCall": {"id": "c1", "name": "look", "args": A}}, role="model"
                )
            }
        ]
    },
    "vercel": [answer("content", {"type": "tool-call", "toolCallId": "c1", "toolName": "look", "input": A})],
    "langchain": {
        "generations": [[{"message": {"lc": 1, "id": ["langchain", "AIMessage"], "kwargs": LANGCHAIN}}]]
    },
}


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_a_tool_call_is_one_in_every_shape(shape: str) -> None:
    text = json.dumps(SHAPES[shape])
    (message,) = read_chat(text, "assistant")
    assert message["role"] == "assistant"
    assert [part for part in message["parts"] if part["type"] == "tool_call"] == [CALL]
    assert read_calls(text) == {"c1": "look"}


@pytest.mark.parametrize(
    "said",
    [
        {"role": "tool", "tool_call_id": "c1", "content": "42"},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "42"}]},
        {"type": "function_call_output", "call_id": "c1", "output": "42"},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "42"}]},
        {"role": "user", "content": [{"toolResult": {"toolUseId": "c1", "content": "42"}}]},
    ],
)
def test_a_result_is_paired_with_its_call_in_every_shape(said: dict[str, Any]) -> None:
    (message,) = read_chat(json.dumps([said]), "user")
    (part,) = message["parts"]
    assert (part["type"], part["id"], part["response"]) == ("tool_call_response", "c1", "42")


@pytest.mark.parametrize("text", ["hello", "[", "{", "7", '{"a": 1}', '"quoted"'])
def test_what_is_no_message_is_words(text: str) -> None:
    assert read_chat(text, "user") == [{"role": "user", "parts": [{"type": "text", "content": text}]}]


def test_silence_is_no_message() -> None:
    assert read_chat("", "user") == []


def test_a_part_that_nobody_knows_stays_as_it_came() -> None:
    blob = {"type": "blob", "mime_type": "image/png", "content": "aGk="}
    (message,) = read_chat(json.dumps([{"role": "user", "parts": [blob]}]), "user")
    assert message["parts"] == [blob]


def test_a_call_without_an_id_has_a_place() -> None:
    calls = [{"functionCall": {"name": "look", "args": {}}}, {"functionCall": {"name": "look", "args": {}}}]
    said = {"candidates": [{"content": {"role": "model", "parts": calls}}]}
    assert read_calls(json.dumps(said)) == {"look#0": "look", "look#1": "look"}


def test_nesting_ends() -> None:
    deep: Any = {"role": "user", "content": "hello"}
    for _ in range(50):
        deep = {"message": deep}
    assert len(read_chat(json.dumps(deep), "user")) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("refund\n order   7", "refund order 7"),
        ('[{"role":"system","content":"Be brief."},{"role":"user","content":"refund 7"}]', "refund 7"),
        ('{"messages":[["system","Be brief."],["user","refund 7"]]}', "refund 7"),
        ('{"messages":[{"type":"human","data":{"content":"refund 7"}}]}', "refund 7"),
        ('[{"role":"user","content":"refund 7","data":{"content":"other"}}]', "refund 7"),
        ('{"task":"refund order 7","cancel":"<Token object>"}', "refund order 7"),
        (
            '[{"role":"user","content":[{"type":"image"},{"type":"text","text":"what is it?"}]}]',
            "what is it?",
        ),
        (
            '[{"role":"user","content":"<system-reminder>Today.</system-reminder> <a>b</a>\\n\\nrefund 7"}]',
            "refund 7",
        ),
        ('[{"role":"user","content":"<cwd>/</cwd>"},{"role":"user","content":"refund 7"}]', "refund 7"),
        ('[{"role":"user","content":"<b> is bold"}]', "<b> is bold"),
        ('[{"role":"tool","content":"found"}]', ""),
        ('{"order_id":"A-100"}', ""),
        ('{"order_id":', '{"order_id":'),
        ("[" * 300, "[" * 200),
        ("", ""),
    ],
)
def test_a_conversation_begins_with_the_words_of_its_person(text: str, words: str) -> None:
    assert opening(text) == words
