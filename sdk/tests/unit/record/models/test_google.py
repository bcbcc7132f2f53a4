"""Gemini, whose model stands in the path and whose calls are data."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.record.models import Answered, Gemini

PATH = "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
TOOLS = [
    {"functionDeclarations": [{"name": "find"}, {"name": "pay"}]},
    {"googleSearch": {}},
    {"code_execution": {}},
]


def test_a_request_is_read() -> None:
    body = {
        "system_instruction": {"parts": [{"text": "be brief"}]},
        "contents": [
            {
                "role": "user",
                "parts": [{"text": "hi"}, {"inlineData": {"mimeType": "image/png", "data": "x"}}],
            },
            {"role": "model", "parts": [{"functionCall": {"name": "find", "args": {"q": 1}}}]},
            {"role": "user", "parts": [{"functionResponse": {"name": "find", "response": {"n": 2}}}]},
        ],
        "generationConfig": {"maxOutputTokens": 9},
        "tools": TOOLS,
    }
    asked = Gemini().read_request(body, PATH)
    assert (asked.model, asked.streamed, asked.tokens_out_max) == ("gemini-2.5-flash", True, 9)
    assert asked.tools == ("find", "pay", "googleSearch", "codeExecution")
    assert asked.hosted == ("googleSearch", "codeExecution")
    assert [one["role"] for one in asked.messages] == ["system", "user", "assistant", "tool"]
    assert asked.messages[1]["parts"] == [{"type": "text", "content": "hi"}, {"type": "inlineData"}]
    assert asked.messages[2]["parts"][0]["arguments"] == {"q": 1}


def test_a_streamed_answer_is_pieced_together() -> None:
    answered = Answered()
    parts: list[list[dict[str, Any]]] = [
        [{"text": "hm", "thought": True}],
        [{"text": "Let me "}],
        [{"text": "see"}, {"functionCall": {"id": "c", "name": "find", "args": {"q": "ü"}}}],
        [{"functionCall": {"name": "find", "args": {}}}],
    ]
    for one in parts:
        Gemini().read_event(
            {
                "candidates": [{"content": {"parts": one, "role": "model"}}],
                "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": len(answered.text)},
                "modelVersion": "m",
                "responseId": "r",
            },
            answered,
        )
    Gemini().read_event({"candidates": [{"finishReason": "STOP"}]}, answered)
    assert answered.messages[0] == {
        "role": "assistant",
        "parts": [
            {"type": "reasoning", "content": "hm"},
            {"type": "text", "content": "Let me see"},
            {"type": "tool_call", "id": "c", "name": "find", "arguments": {"q": "ü"}},
            {"type": "tool_call", "id": "", "name": "find", "arguments": {}},
        ],
        "finish_reason": "STOP",
    }
    assert (answered.model, answered.id) == ("m", "r")
    assert answered.usage == {"promptTokenCount": 3, "candidatesTokenCount": 2}


def test_the_model_is_changed_where_it_stands() -> None:
    assert Gemini().with_model({"contents": []}, PATH, "other") == (
        {"contents": []},
        "/v1beta/models/other:streamGenerateContent?alt=sse",
    )


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"generationConfig": {"temperature": 1}},
        {"generation_config": {"max_output_tokens": 900}},
        {"generationConfig": {"maxOutputTokens": 900}},
    ],
)
def test_a_limit_is_put_where_the_api_reads_it(body: dict[str, Any]) -> None:
    changed = Gemini().with_limit(body, 5)
    assert Gemini().limit_of(changed) == 5
    assert len(changed) == 1


def test_one_object_is_a_list_of_one() -> None:
    tools = {"function_declarations": {"name": "find"}, "google_search": {}}
    asked = Gemini().read_request({"contents": {"parts": {"text": "hi"}}, "tools": tools}, PATH)
    assert (asked.tools, asked.hosted) == (("find", "googleSearch"), ("googleSearch",))
    assert asked.messages[0]["parts"] == [{"type": "text", "content": "hi"}]


def test_tools_are_taken_away_one_by_one() -> None:
    body = {"tools": TOOLS}
    kept = Gemini().without_tools(body, {"pay", "googleSearch"})
    assert kept == {"tools": [{"functionDeclarations": [{"name": "find"}]}, {"code_execution": {}}]}
    assert Gemini().without_tools(kept, {"find", "codeExecution"}) == {}
    assert len(body["tools"]) == 3
