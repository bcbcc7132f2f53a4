"""What maps, what is refused by name, and what may be left out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from anthropic.types import Message as AnthropicMessage
from openai.types.chat import ChatCompletion
from openai.types.responses import Response

from holdfast.errors import Invalid
from holdfast_server.action.llm.translating import LEFT_OUT, Translation, Untranslatable, can_translate
from holdfast_server.action.llm.translating.form import Api
from holdfast_server.action.llm.translating.translation import READ_REQUEST

SAID: dict[Api, dict[str, Any]] = {
    "chat": {"model": "a", "messages": [{"role": "user", "content": "hi"}]},
    "responses": {"model": "a", "input": "hi"},
    "messages": {"model": "a", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]},
}
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


def sent(client: Api, upstream: Api, **more: Any) -> dict[str, Any]:
    """What goes to the model."""
    return json.loads(Translation(client, upstream, {**SAID[client], **more}, model="m").body)


def test_only_what_both_sides_speak_is_translated() -> None:
    assert can_translate("chat", "messages")
    assert can_translate("messages", "gemini")
    assert not can_translate("chat", "chat")
    assert not can_translate("gemini", "chat")
    assert not can_translate("embeddings", "chat")


@pytest.mark.parametrize(("api", "field"), [(api, field) for api in LEFT_OUT for field in LEFT_OUT[api]])
def test_what_may_be_left_out_changes_nothing(api: Api, field: str) -> None:
    value = ["reasoning.encrypted_content"] if field == "include" else {"any": "thing"}
    read = READ_REQUEST[api]
    assert read({**SAID[api], field: value}) == read(SAID[api])


@pytest.mark.parametrize("api", ["chat", "responses", "messages"])
def test_what_nobody_knows_is_refused_by_name(api: Api) -> None:
    with pytest.raises(Untranslatable) as refused:
        READ_REQUEST[api]({**SAID[api], "a_new_field": 1})
    assert refused.value.field == "a_new_field"
    assert "`a_new_field`" in str(refused.value)
    assert refused.value.code == "holdfast_untranslatable"


@pytest.mark.parametrize(
    ("client", "upstream", "more", "field"),
    [
        ("chat", "messages", {"n": 2}, "n"),
        ("chat", "messages", {"seed": 1}, "seed"),
        ("chat", "responses", {"stop": "x"}, "stop"),
        ("chat", "messages", {"logprobs": True}, "logprobs"),
        ("chat", "messages", {"response_format": {"type": "json_object"}}, "response_format"),
        ("chat", "messages", {"tools": [{"type": "custom"}]}, "tools[0].type"),
        ("chat", "gemini", {"tools": [TOOL], "parallel_tool_calls": False}, "parallel_tool_calls"),
        ("chat", "responses", {"web_search_options": {"x": 1}}, "web_search_options"),
        (
            "chat",
            "messages",
            {"messages": [{"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]}]},
            "messages[0].content[0].type",
        ),
        ("responses", "chat", {"previous_response_id": "r"}, "previous_response_id"),
        ("responses", "chat", {"background": True}, "background"),
        ("responses", "chat", {"tools": [{"type": "web_search"}]}, "tools[0].type"),
        ("responses", "chat", {"include": ["file_search_call.results"]}, "include"),
        ("messages", "chat", {"top_k": 3}, "top_k"),
        ("messages", "chat", {"mcp_servers": [{"name": "s"}]}, "mcp_servers"),
        ("messages", "chat", {"tools": [{"type": "bash_20250124", "name": "bash"}]}, "tools[0].type"),
    ],
)
def test_what_does_not_map_is_refused_by_name(
    client: Api, upstream: Api, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(Untranslatable) as refused:
        sent(client, upstream, **more)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "more", [{"messages": "hi"}, {"messages": [3]}, {"temperature": "warm"}, {"max_tokens": True}]
)
def test_what_has_the_wrong_shape_is_refused_by_name(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match=next(iter(more))):
        sent("chat", "messages", **more)


def test_results_of_one_turn_are_told_together() -> None:
    messages = [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": None, "tool_calls": [CALL, {**CALL, "id": "d"}]},
        {"role": "tool", "tool_call_id": "c", "content": "one"},
        {"role": "tool", "tool_call_id": "d", "content": "two"},
        {"role": "user", "content": "and?"},
    ]
    found = sent("chat", "messages", messages=messages)
    assert found["system"] == "be brief"
    assert [one["role"] for one in found["messages"]] == ["user", "assistant", "user"]
    kinds = [block["type"] for block in found["messages"][2]["content"]]
    assert kinds == ["tool_result", "tool_result", "text"]
    assert found["messages"][1]["content"][0]["input"] == {"a": 1}
    told = sent("chat", "gemini", messages=messages)
    assert told["contents"][2]["parts"][0]["functionResponse"] == {"name": "f", "response": {"output": "one"}}
    assert told["contents"][1]["parts"][0]["functionCall"] == {"name": "f", "args": {"a": 1}}
    assert told["systemInstruction"] == {"parts": [{"text": "be brief"}]}


def test_an_answer_must_have_a_limit_where_the_api_wants_one() -> None:
    assert sent("chat", "messages")["max_tokens"] == 4_096
    assert sent("chat", "messages", max_tokens=7)["max_tokens"] == 7
    assert "max_completion_tokens" not in sent("responses", "chat")


@pytest.mark.parametrize(
    ("upstream", "name"), [("chat", "max_completion_tokens"), ("responses", "max_output_tokens")]
)
def test_a_limit_of_rules_and_budgets_stands_in_the_place_of_the_client_s(upstream: Api, name: str) -> None:
    translation = Translation("messages", upstream, SAID["messages"], model="m", limit=5)
    assert json.loads(translation.body)[name] == 5
    gemini = Translation("chat", "gemini", SAID["chat"], model="m", limit=5)
    assert json.loads(gemini.body)["generationConfig"]["maxOutputTokens"] == 5


@pytest.mark.parametrize(
    ("effort", "thinking"),
    [("none", {"type": "disabled"}), ("low", {"type": "enabled", "budget_tokens": 2_048})],
)
def test_an_effort_is_a_budget(effort: str, thinking: dict[str, Any]) -> None:
    assert sent("chat", "messages", reasoning_effort=effort, max_tokens=9_000)["thinking"] == thinking
    told = sent("messages", "chat", thinking={"type": "enabled", "budget_tokens": 9_000})
    assert told["reasoning_effort"] == "medium"


def test_thoughts_go_back_only_to_who_made_them() -> None:
    block = {"type": "thinking", "thinking": "hm", "signature": "sealed"}
    answer = {"id": "a", "content": [block], "stop_reason": "end_turn"}
    translation = Translation("responses", "messages", SAID["responses"], model="m")
    item = json.loads(translation.answer(200, json.dumps(answer).encode()))["output"][0]
    assert item["type"] == "reasoning"
    back = {"input": [{"role": "user", "content": "hi"}, item]}
    assert sent("responses", "messages", **back)["messages"][1]["content"] == [block]
    assert sent("responses", "chat", **back)["messages"] == SAID["chat"]["messages"]


def test_a_stream_is_asked_for_its_usage() -> None:
    assert sent("messages", "chat", stream=True)["stream_options"] == {"include_usage": True}
    assert Translation("chat", "gemini", {**SAID["chat"], "stream": True}, model="m").path == (
        "/v1beta/models/m:streamGenerateContent?alt=sse"
    )


GEMINI = {
    "candidates": [
        {
            "content": {
                "parts": [
                    {"text": "hm", "thought": True},
                    {"text": "Hello"},
                    {"functionCall": {"name": "f", "args": {"a": 1}}, "thoughtSignature": "s"},
                ]
            },
            "finishReason": "STOP",
        }
    ],
    "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 5, "thoughtsTokenCount": 2},
    "modelVersion": "gemini",
    "responseId": "r1",
}


@pytest.mark.parametrize(
    ("client", "read"),
    [
        ("chat", ChatCompletion.model_validate),
        ("responses", Response.model_validate),
        ("messages", AnthropicMessage.model_validate),
    ],
)
def test_official_clients_read_a_translated_answer(client: Api, read: Any) -> None:
    translation = Translation(client, "gemini", SAID[client], model="m")
    found = read(json.loads(translation.answer(200, json.dumps(GEMINI).encode())))
    assert found.id == "r1"
    assert found.model == "gemini"
    assert '"f"' in found.model_dump_json()


def test_a_seal_of_gemini_comes_back_with_its_call() -> None:
    translation = Translation("chat", "gemini", SAID["chat"], model="m")
    message = json.loads(translation.answer(200, json.dumps(GEMINI).encode()))["choices"][0]["message"]
    messages = [*SAID["chat"]["messages"], message]
    parts = sent("chat", "gemini", messages=messages)["contents"][1]["parts"]
    assert parts[-1]["thoughtSignature"] == "s"


@pytest.mark.parametrize("client", ["responses", "messages"])
def test_an_error_keeps_its_status_and_changes_its_words(client: Api) -> None:
    translation = Translation(client, "chat", SAID[client], model="m")
    error = {"error": {"message": "slow down", "code": "rate_limit_exceeded", "type": "requests"}}
    found = json.loads(translation.answer(429, json.dumps(error).encode()))
    assert found["error"]["message"] == "slow down"
    assert found["error"]["code"] == "rate_limit_exceeded"
    assert found.get("type") == ("error" if client == "messages" else None)
    assert json.loads(translation.answer(502, b"<html>"))["error"]["message"]


def test_an_answer_that_is_none_is_no_answer() -> None:
    translation = Translation("messages", "chat", SAID["messages"], model="m")
    with pytest.raises(Invalid):
        translation.answer(200, b"<html>")


def test_a_provider_that_fails_in_the_middle_is_heard() -> None:
    stream = Translation("messages", "chat", {**SAID["messages"], "stream": True}, model="m").stream()
    said = stream.feed(b'data: {"id": "a", "choices": [{"delta": {"content": "Hel"}}]}\n\n')
    said += stream.feed(b'data: {"error": {"message": "overloaded", "code": 503}}\n\n')
    assert stream.over
    assert b"event: error" in said
    assert b"overloaded" in said
    assert stream.feed(b"data: more\n\n") + stream.finish() == b""


def test_an_error_in_a_numbered_stream_bears_the_next_number() -> None:
    stream = Translation("responses", "chat", {**SAID["responses"], "stream": True}, model="m").stream()
    said = stream.feed(b'data: {"id": "a", "choices": [{"delta": {"content": "Hel"}}]}\n\n')
    said += stream.fail("gone", "upstream")
    events = [json.loads(line[6:]) for line in said.splitlines() if line.startswith(b"data: ")]
    assert events[-1]["type"] == "error"
    assert [event["sequence_number"] for event in events] == list(range(len(events)))


def test_what_the_client_cannot_be_told_ends_its_stream() -> None:
    stream = Translation("chat", "gemini", {**SAID["chat"], "stream": True}, model="m").stream()
    part = {"inlineData": {"mimeType": "image/png", "data": "aGk="}}
    said = stream.feed(f"data: {json.dumps({'candidates': [{'content': {'parts': [part]}}]})}\n\n".encode())
    assert b"`inlineData`" in said
    assert stream.over
