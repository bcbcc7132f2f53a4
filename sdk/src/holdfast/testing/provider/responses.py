"""OpenAI Responses, with its memory: `previous_response_id` continues a kept conversation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Final

from holdfast.testing.provider.answer import Answer, Piece, pieces, sse
from holdfast.testing.provider.conversation import Conversation, Json, plain_text
from holdfast.testing.provider.dialect import Asked, asked_in_body, objects, openai_error
from holdfast.testing.provider.scenario import Fault

KEPT_MAX: Final = 1000
"""How many responses are remembered; the oldest goes first."""

Event = Callable[..., bytes]

RESPONSE_CONSTANTS: Final[Json] = {
    "error": None,
    "incomplete_details": None,
    "parallel_tool_calls": True,
    "top_p": 1.0,
    "max_output_tokens": None,
    "reasoning": {"effort": None, "summary": None},
    "text": {"format": {"type": "text"}},
    "truncation": "disabled",
    "user": None,
    "background": False,
}
"""Fields that clients want to see and no script changes."""


class Responses:
    """`POST /v1/responses`."""

    name = "responses"

    def __init__(self) -> None:
        self._kept: dict[str, list[Json]] = {}

    def asked(self, path: str, body: Json) -> Asked | None:
        """Any path that ends in `/responses`."""
        return asked_in_body(path, body, suffix="/responses")

    def read(self, conversation: Conversation) -> None:
        """Tools, instructions, then every item, those of earlier responses first."""
        for tool in objects(conversation.body.get("tools")):
            conversation.offered[tool.get("name") or tool.get("type", "")] = tool.get("parameters") or {}
        if instructions := conversation.body.get("instructions"):
            conversation.hear("system", instructions)
        for item in self._items(conversation.body):
            _hear_item(conversation, item)

    def whole(self, answer: Answer) -> Json:
        """A `response` that is completed."""
        items = _output(answer)
        self._keep(answer, items)
        return _response(answer, items, status="completed")

    def stream(self, answer: Answer) -> Iterator[Piece]:
        """The typed events, numbered."""
        numbers, items = count(), _output(answer)

        def event(kind: str, **fields: Any) -> bytes:
            return sse({"type": kind, "sequence_number": next(numbers), **fields}, kind)

        opening = _response(answer, [], status="in_progress")
        yield Piece(event("response.created", response=opening))
        yield Piece(event("response.in_progress", response=opening))
        for index, item in enumerate(items):
            yield from _item_events(event, item, index=index, chunks=answer.chunks)
            yield Piece(event("response.output_item.done", output_index=index, item=item))
        self._keep(answer, items)
        yield Piece(event("response.completed", response=_response(answer, items, status="completed")))

    def error(self, fault: Fault) -> Json:
        """OpenAI's error object."""
        return openai_error(fault)

    def _items(self, body: Json) -> list[Json]:
        said: str | list[Json] = body.get("input") or []
        new = [{"role": "user", "content": said}] if isinstance(said, str) else objects(said)
        return [*self._kept.get(body.get("previous_response_id") or "", []), *new]

    def _keep(self, answer: Answer, items: list[Json]) -> None:
        body = answer.conversation.body
        if body.get("store") is False:
            return
        self._kept["resp_" + answer.id] = self._items(body) + items
        if len(self._kept) > KEPT_MAX:
            self._kept.pop(next(iter(self._kept)))


def _hear_item(conversation: Conversation, item: Json) -> None:
    kind = str(item.get("type", "message"))
    if kind == "message":
        conversation.hear(item.get("role", "user"), plain_text(item.get("content")))
    elif kind == "function_call":
        conversation.called.append(item.get("name", ""))
        conversation.hear("assistant", "")
    elif kind.endswith("_output"):
        conversation.hear("tool", plain_text(item.get("output")))


def _output(answer: Answer) -> list[Json]:
    items: list[Json] = []
    if answer.reasoning:
        summary = [{"type": "summary_text", "text": answer.reasoning}]
        items.append({"type": "reasoning", "id": "rs_" + answer.id, "summary": summary})
    if answer.text:
        items.append(_message(answer))
    for index, planned in enumerate(answer.calls):
        called = {"call_id": planned.id, "name": planned.name, "arguments": planned.arguments}
        items.append(
            {"type": "function_call", "id": f"fc_{answer.id}{index}", "status": "completed", **called}
        )
    return items


def _message(answer: Answer) -> Json:
    content: Json = {"type": "output_text", "text": answer.text, "annotations": [], "logprobs": []}
    return {
        "type": "message",
        "id": "msg_" + answer.id,
        "role": "assistant",
        "status": "completed",
        "content": [content],
    }


def _item_events(event: Event, item: Json, *, index: int, chunks: int) -> Iterator[Piece]:
    match item["type"]:
        case "message":
            yield from _message_events(event, item, index=index, chunks=chunks)
        case "function_call":
            yield from _call_events(event, item, index=index, chunks=chunks)
        case _:
            opening: Json = {**item, "summary": []}
            yield Piece(event("response.output_item.added", output_index=index, item=opening), paced=True)


def _message_events(event: Event, item: Json, *, index: int, chunks: int) -> Iterator[Piece]:
    text = item["content"][0]["text"]
    place = {"item_id": item["id"], "output_index": index, "content_index": 0}
    part: Json = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    opening: Json = {**item, "status": "in_progress", "content": []}
    yield Piece(event("response.output_item.added", output_index=index, item=opening))
    yield Piece(event("response.content_part.added", part=part, **place))
    for piece in pieces(text, chunks):
        yield Piece(event("response.output_text.delta", delta=piece, logprobs=[], **place), paced=True)
    yield Piece(event("response.output_text.done", text=text, logprobs=[], **place))
    yield Piece(event("response.content_part.done", part={**part, "text": text}, **place))


def _call_events(event: Event, item: Json, *, index: int, chunks: int) -> Iterator[Piece]:
    place = {"item_id": item["id"], "output_index": index}
    opening = {**item, "status": "in_progress", "arguments": ""}
    yield Piece(event("response.output_item.added", output_index=index, item=opening), paced=True)
    for piece in pieces(item["arguments"], chunks):
        yield Piece(event("response.function_call_arguments.delta", delta=piece, **place), paced=True)
    done = {"name": item["name"], "arguments": item["arguments"]}
    yield Piece(event("response.function_call_arguments.done", **place, **done))


def _response(answer: Answer, output: list[Json], *, status: str) -> Json:
    body, spent = answer.conversation.body, answer.spent
    usage = {
        "input_tokens": spent.input,
        "output_tokens": spent.output,
        "total_tokens": spent.total,
        "input_tokens_details": {"cached_tokens": spent.cached, "cache_write_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": spent.reasoning},
    }
    return {
        "id": "resp_" + answer.id,
        "object": "response",
        "created_at": answer.created,
        "status": status,
        "model": answer.model,
        "output": output,
        "usage": None if status == "in_progress" else usage,
        "instructions": body.get("instructions"),
        "metadata": body.get("metadata") or {},
        "tools": body.get("tools") or [],
        "tool_choice": body.get("tool_choice", "auto"),
        "temperature": body.get("temperature", 1.0),
        "previous_response_id": body.get("previous_response_id"),
        "store": body.get("store", True),
        **RESPONSE_CONSTANTS,
    }
