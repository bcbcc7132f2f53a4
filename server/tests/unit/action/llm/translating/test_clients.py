"""The official clients take a translated stream for their own provider's."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import anthropic
import openai
import pytest

from holdfast_server.action.llm.translating import Translation
from holdfast_server.action.llm.translating.form import Api

EVENTS: tuple[dict[str, Any], ...] = (
    {"choices": [{"delta": {"role": "assistant", "reasoning_content": "hm"}}]},
    {"choices": [{"delta": {"content": "Let me "}}]},
    {"choices": [{"delta": {"content": "see."}}]},
    {"choices": [{"delta": {"tool_calls": [{"index": 0, "id": "c1", "function": {"name": "f"}}]}}]},
    {"choices": [{"delta": {"tool_calls": [{"index": 1, "id": "c2", "function": {"name": "g"}}]}}]},
    {"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": '{"a": '}}]}}]},
    {"choices": [{"delta": {"tool_calls": [{"index": 1, "function": {"arguments": "{}"}}]}}]},
    {"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": "1}"}}]}}]},
    {"choices": [{"delta": {}, "finish_reason": "tool_calls"}]},
    {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 5}},
)
"""Two calls whose pieces interleave, as a chat may send them."""
STREAM = b"".join(
    b"data: " + json.dumps({"id": "a1", "model": "m", **one}).encode() + b"\n\n" for one in EVENTS
)
ASKED: dict[Api, dict[str, Any]] = {
    "messages": {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "go"}]},
    "responses": {"model": "m", "input": "go"},
}


def answering(library: ModuleType, body: bytes) -> Any:
    """A client's connection that gets these bytes, whichever library the client is built on."""
    bases = (one.__module__.partition(".")[0] for one in library.DefaultHttpxClient.__mro__)
    http = __import__(next(name for name in bases if name.startswith("httpx")))

    def answer(request: Any) -> Any:
        headers = {"content-type": "text/event-stream"}
        return http.Response(200, headers=headers, content=body, request=request)

    return library.DefaultHttpxClient(transport=http.MockTransport(answer))


def translated(client: Api, stream: bytes = STREAM) -> bytes:
    words = Translation(client, "chat", {**ASKED[client], "stream": True}, model="m").stream()
    return words.feed(stream) + words.finish()


def test_the_client_of_anthropic_reads_a_chat() -> None:
    client = anthropic.Anthropic(api_key="k", http_client=answering(anthropic, translated("messages")))
    with client, client.messages.stream(**ASKED["messages"]) as stream:
        message = stream.get_final_message()
    assert [block.type for block in message.content] == ["thinking", "text", "tool_use", "tool_use"]
    assert [block.input for block in message.content if block.type == "tool_use"] == [{"a": 1}, {}]
    assert (message.stop_reason, message.usage.output_tokens) == ("tool_use", 5)


def test_the_client_of_openai_reads_a_chat_as_a_response() -> None:
    client = openai.OpenAI(api_key="k", http_client=answering(openai, translated("responses")))
    with client, client.responses.stream(**ASKED["responses"]) as stream:
        response = stream.get_final_response()
    kinds = [item.type for item in response.output]
    assert kinds == ["reasoning", "message", "function_call", "function_call"]
    assert response.output_text == "Let me see."
    assert response.usage is not None
    assert response.usage.output_tokens == 5


@pytest.mark.parametrize("cut", [len(STREAM) // 3, len(STREAM) // 2])
def test_a_stream_that_breaks_off_is_an_error_to_them(cut: int) -> None:
    messages = answering(anthropic, translated("messages", STREAM[:cut]))
    client = anthropic.Anthropic(api_key="k", http_client=messages, max_retries=0)
    with client, pytest.raises(anthropic.APIError), client.messages.stream(**ASKED["messages"]) as stream:
        stream.get_final_message()
    responses = answering(openai, translated("responses", STREAM[:cut]))
    other = openai.OpenAI(api_key="k", http_client=responses, max_retries=0)
    with other, pytest.raises(openai.APIError), other.responses.stream(**ASKED["responses"]) as answer:
        answer.get_final_response()
