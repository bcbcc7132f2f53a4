from __future__ import annotations

from typing import Any

import pytest

from holdfast.record.models import Answered, Chat, Messages, Responses, find_dialect


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1/chat/completions", Chat),
        ("/openai/deployments/gpt/chat/completions", Chat),
        ("/v1/responses", Responses),
        ("/v1/messages/", Messages),
        ("/v1/messages/count_tokens", None),
        ("/v1/embeddings", None),
        ("/v1/approvals", None),
    ],
)
def test_a_model_call_is_known_by_its_path(path: str, expected: type | None) -> None:
    found = find_dialect("POST", path)
    assert found is None if expected is None else isinstance(found, expected)


def test_only_posts_are_model_calls() -> None:
    assert find_dialect("GET", "/v1/responses") is None


def test_a_streamed_chat_is_pieced_together() -> None:
    answered = Answered()
    for delta in (
        {"content": "Hel"},
        {"content": "lo"},
        {"tool_calls": [{"index": 0, "id": "c1", "function": {"name": "f", "arguments": '{"a"'}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": ": 1}"}}]},
    ):
        Chat().read_event({"model": "m", "choices": [{"delta": delta}]}, answered)
    Chat().read_event({"choices": [], "usage": {"prompt_tokens": 3}}, answered)
    assert answered.usage == {"prompt_tokens": 3}
    assert answered.messages[0]["parts"] == [
        {"type": "text", "content": "Hello"},
        {"type": "tool_call", "id": "c1", "name": "f", "arguments": {"a": 1}},
    ]


def test_the_last_event_of_a_response_replaces_the_pieces() -> None:
    answered = Answered()
    Responses().read_event({"type": "response.output_text.delta", "delta": "Hel"}, answered)
    whole = {
        "model": "m",
        "usage": {"input_tokens": 3},
        "output": [{"type": "message", "content": [{"type": "output_text", "text": "Hello"}]}],
    }
    Responses().read_event({"type": "response.completed", "response": whole}, answered)
    assert answered.messages[0]["parts"] == [{"type": "text", "content": "Hello"}]
    assert answered.usage == {"input_tokens": 3}


def test_the_counts_of_a_message_stream_are_cumulative() -> None:
    answered = Answered()
    events: list[dict[str, Any]] = [
        {
            "type": "message_start",
            "message": {"model": "m", "usage": {"input_tokens": 9, "output_tokens": 1}},
        },
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "tool_use", "id": "t", "name": "f"},
        },
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "input_json_delta", "partial_json": "{}"},
        },
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 5}},
    ]
    for event in events:
        Messages().read_event(event, answered)
    assert answered.usage == {"input_tokens": 9, "output_tokens": 5}
    assert answered.finish == "tool_use"
    assert answered.messages[0]["parts"] == [{"type": "tool_call", "id": "t", "name": "f", "arguments": {}}]


@pytest.mark.parametrize("dialect", [Chat(), Responses(), Messages()])
@pytest.mark.parametrize(
    "body", [{}, {"model": 3}, {"messages": "x", "input": 5, "tools": {}, "model": None}]
)
def test_a_body_that_makes_no_sense_is_read_as_far_as_it_does(dialect: Any, body: dict[str, Any]) -> None:
    answered = Answered()
    asked = dialect.read_request(body)
    dialect.read_answer(body, answered)
    dialect.read_event(body, answered)
    assert isinstance(asked.model, str)
    assert not answered.messages


def test_the_limit_and_the_tools_are_read_in_every_dialect() -> None:
    chat = Chat().read_request(
        {"model": "m", "max_completion_tokens": 5, "tools": [{"type": "function", "function": {"name": "f"}}]}
    )
    assert (chat.tokens_out_max, chat.tools) == (5, ("f",))
    said = Responses().read_request({"model": "m", "max_output_tokens": 6, "tools": [{"type": "web_search"}]})
    assert (said.tokens_out_max, said.tools) == (6, ("web_search",))
    told = Messages().read_request({"model": "m", "max_tokens": 7, "tools": [{"name": "f"}], "stream": True})
    assert (told.tokens_out_max, told.tools, told.streamed) == (7, ("f",), True)
