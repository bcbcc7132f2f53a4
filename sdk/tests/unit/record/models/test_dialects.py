from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from holdfast.record.models import (
    DIALECTS,
    Answered,
    Chat,
    Completions,
    Dialect,
    Embeddings,
    Messages,
    Responses,
)


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


@pytest.mark.parametrize("dialect", DIALECTS)
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


def test_a_text_that_goes_on_is_read_whole_and_in_pieces() -> None:
    answered = Answered()
    Completions().read_event({"id": "c", "model": "m", "choices": [{"text": "Hel"}]}, answered)
    Completions().read_event({"choices": [{"text": "lo", "finish_reason": "stop"}]}, answered)
    assert (answered.text, answered.finish, answered.id) == (["Hel", "lo"], "stop", "c")
    asked = Completions().read_request({"model": "m", "prompt": ["a", "b"], "max_tokens": 3})
    assert (len(asked.messages), asked.tokens_out_max) == (2, 3)


def test_embeddings_say_nothing_back() -> None:
    answered = Answered()
    asked = Embeddings().read_request({"model": "m", "input": "text"})
    Embeddings().read_answer({"model": "m", "data": [], "usage": {"prompt_tokens": 2}}, answered)
    assert (asked.tokens_out_max, answered.usage, answered.messages) == (0, {"prompt_tokens": 2}, ())


@pytest.mark.parametrize(
    ("item", "name", "arguments"),
    [
        ({"type": "custom_tool_call", "call_id": "c", "name": "sql", "input": "select"}, "sql", "select"),
        (
            {"type": "local_shell_call", "call_id": "c", "action": {"command": ["ls"]}},
            "local_shell",
            {"command": ["ls"]},
        ),
        ({"type": "apply_patch_call", "call_id": "c", "operation": {"a": 1}}, "apply_patch", {"a": 1}),
    ],
)
def test_every_call_that_a_client_is_to_run_is_a_call(item: Any, name: str, arguments: Any) -> None:
    answered = Answered()
    Responses().read_answer({"output": [item]}, answered)
    assert answered.messages[0]["parts"] == [
        {"type": "tool_call", "id": "c", "name": name, "arguments": arguments}
    ]


def test_a_call_from_before_there_were_tools_is_a_call() -> None:
    answered = Answered()
    Chat().read_answer(
        {"choices": [{"message": {"function_call": {"name": "f", "arguments": "{}"}}}]}, answered
    )
    assert answered.messages[0]["parts"][0]["name"] == "f"


def test_tools_that_the_provider_runs_are_told_apart_and_taken_away() -> None:
    function = {"type": "function", "name": "f"}
    said = {"model": "m", "tools": [function, {"type": "web_search_preview"}, {"type": "mcp"}]}
    assert Responses().read_request(said).hosted == ("web_search_preview", "mcp")
    assert Responses().without_tools(said, {"web_search_preview", "mcp"})["tools"] == [function]

    asked = {"model": "m", "web_search_options": {}, "tools": [{"function": {"name": "f"}}]}
    assert Chat().read_request(asked).hosted == ("web_search_options",)
    assert "web_search_options" not in Chat().without_tools(asked, {"web_search_options"})
    assert Chat().without_tools(asked, {"f"}) == {"model": "m", "web_search_options": {}}

    told = {"model": "m", "mcp_servers": [{"name": "s"}], "tools": [{"type": "web_search_1", "name": "w"}]}
    assert Messages().read_request(told).hosted == ("w", "s")
    assert Messages().without_tools(told, {"w", "s"}) == {"model": "m"}


def test_a_deployment_is_a_model() -> None:
    path = "/openai/deployments/gpt/chat/completions?v=1"
    assert Chat().read_request({}, path).model == "gpt"
    assert Chat().with_model({}, path, "x") == ({}, "/openai/deployments/x/chat/completions?v=1")
    assert Chat().with_model({"model": "y"}, "/v1/chat/completions", "x") == (
        {"model": "x"},
        "/v1/chat/completions",
    )


def test_usage_is_asked_for_where_it_must_be() -> None:
    assert Chat().counting({"stream": True, "stream_options": {"a": 1}}) == {
        "stream": True,
        "stream_options": {"a": 1, "include_usage": True},
    }
    assert Chat().counting({"stream": True, "stream_options": {"include_usage": True}}) is None
    assert Chat().counting({}) is None
    assert Messages().counting({"stream": True}) is None
    assert Chat().is_count({"choices": [], "usage": {"prompt_tokens": 1}})
    assert not Chat().is_count({"choices": [{}], "usage": {"prompt_tokens": 1}})


@pytest.mark.parametrize(
    ("dialect", "status", "kind"),
    [
        (Chat(), 403, "permission_error"),
        (Chat(), 404, "invalid_request_error"),
        (Responses(), 502, "server_error"),
        (Messages(), 401, "authentication_error"),
        (Messages(), 413, "request_too_large"),
        (Messages(), 502, "api_error"),
    ],
)
def test_a_refusal_is_of_the_type_that_its_status_has(dialect: Dialect, status: int, kind: str) -> None:
    error = dialect.refusal("no", "why", status)["error"]
    assert (error["message"], error["code"], error["type"]) == ("no", "why", kind)


def test_google_is_told_in_its_own_words() -> None:
    error = DIALECTS[3].refusal("no", "why", 404)["error"]
    assert (error["code"], error["status"], error["details"][0]["reason"]) == (404, "NOT_FOUND", "why")


def test_the_calls_of_every_answer_are_read_and_never_mixed() -> None:
    answered = Answered()
    for choice, piece in product((0, 1), ('{"a"', ": 1}")):
        call = {"index": 0, "function": {"name": "f", "arguments": piece}}
        delta = {"content": "x", "tool_calls": [call]}
        Chat().read_event({"choices": [{"index": choice, "delta": delta}]}, answered)
    parts = answered.messages[0]["parts"]
    assert [part["arguments"] for part in parts if part["type"] == "tool_call"] == [{"a": 1}, {"a": 1}]
    assert answered.text == ["x", "x"]
    assert answered.length == len("xxxx") + 2 * len('{"a": 1}')
