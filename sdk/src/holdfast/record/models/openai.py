"""The APIs of OpenAI, and of the many who speak like it."""

from __future__ import annotations

from holdfast.record.answers import merge_usage
from holdfast.record.models.dialect import Answered, Dialect
from holdfast.record.models.parts import (
    Json,
    add,
    chat_message,
    listing,
    mapping,
    message_of,
    response_item,
    string,
    text_part,
)


class Chat(Dialect):
    """OpenAI Chat Completions."""

    provider = "openai"
    paths = ("/chat/completions",)
    limits = ("max_completion_tokens", "max_tokens")
    said = ("messages",)

    def read_messages(self, body: Json) -> list[Json]:
        return [chat_message(mapping(message)) for message in listing(body.get("messages"))]

    def read_answer(self, body: Json, into: Answered) -> None:
        self._read(body, into, "message")

    def read_event(self, event: Json, into: Answered) -> None:
        self._read(event, into, "delta")

    def _read(self, body: Json, into: Answered, key: str) -> None:
        into.model = str(body.get("model") or into.model)
        into.id = string(body.get("id")) or into.id
        into.usage = merge_usage(into.usage, body)
        for choice in map(mapping, listing(body.get("choices"))[:1]):
            piece = mapping(choice.get(key))
            add(into.text, piece.get("content"))
            add(into.reasoning, piece.get("reasoning_content") or piece.get("reasoning"))
            for place, raw in enumerate(listing(piece.get("tool_calls"))):
                call = mapping(raw)
                made = mapping(call.get("function"))
                into.call(
                    call.get("index", place), id=string(call.get("id")), name=string(made.get("name")),
                    text=string(made.get("arguments")),
                )  # fmt: skip
            into.finish = string(choice.get("finish_reason")) or into.finish


class Responses(Dialect):
    """OpenAI Responses."""

    provider = "openai"
    paths = ("/responses",)
    limits = ("max_output_tokens",)
    said = ("instructions", "input")

    def read_messages(self, body: Json) -> list[Json]:
        said = body.get("input")
        items = [{"role": "user", "content": said}] if isinstance(said, str) else listing(said)
        system = string(body.get("instructions"))
        found = [message_of("system", [text_part(system)])] if system else []
        return found + [response_item(mapping(item)) for item in items]

    def read_answer(self, body: Json, into: Answered) -> None:
        into.model = str(body.get("model") or into.model)
        into.id = string(body.get("id")) or into.id
        into.usage = merge_usage(into.usage, body)
        into.finish = string(body.get("status")) or into.finish
        for place, item in enumerate(map(mapping, listing(body.get("output")))):
            if item.get("type") == "function_call":
                into.call(
                    place, id=string(item.get("call_id")), name=string(item.get("name")),
                    text=string(item.get("arguments")),
                )  # fmt: skip
            elif item.get("type") == "reasoning":
                for part in map(mapping, listing(item.get("summary"))):
                    add(into.reasoning, part.get("text"))
            else:
                for part in map(mapping, listing(item.get("content"))):
                    add(into.text, part.get("text") or part.get("refusal"))

    def read_event(self, event: Json, into: Answered) -> None:
        kind = event.get("type")
        if kind in {"response.completed", "response.incomplete", "response.failed"}:
            # The last event repeats the whole answer: it replaces what was pieced together.
            into.text.clear()
            into.reasoning.clear()
            into.calls.clear()
            self.read_answer(mapping(event.get("response")), into)
        elif kind == "response.output_text.delta":
            add(into.text, event.get("delta"))
        elif kind == "response.function_call_arguments.delta":
            into.call(event.get("item_id"), text=string(event.get("delta")))
        elif kind == "response.output_item.added":
            item = mapping(event.get("item"))
            if item.get("type") == "function_call":
                into.call(item.get("id"), id=string(item.get("call_id")), name=string(item.get("name")))
