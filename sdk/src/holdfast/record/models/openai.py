"""The APIs of OpenAI, and of the many who speak like it."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, Final

from holdfast.record.answers import merge_usage
from holdfast.record.models.dialect import Answered, Dialect, read_failure
from holdfast.record.models.offering import PROMPT, in_items, keep_in_items
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
    texts_of,
)

SEARCH: Final = "web_search_options"
"""The one tool of Chat Completions that the provider runs is no tool but a field."""


FUNCTIONS: Final = "functions"
"""What tools were called before they were called so."""
FUNCTION: Final = "function_call"
"""The key of the one call that an answer could have before there were tools."""
CALLS: Final = {
    "function_call": ("", "arguments"),
    "custom_tool_call": ("", "input"),
    "computer_call": ("computer", "action"),
    "local_shell_call": ("local_shell", "action"),
    "shell_call": ("shell", "action"),
    "apply_patch_call": ("apply_patch", "operation"),
}
"""Items of Responses that the client is to run: what the tool is called, and where its arguments stand."""


class _Counted(Dialect):
    """Streams that report usage when they are asked to."""

    def counting(self, body: Json) -> Json | None:
        options = mapping(body.get("stream_options"))
        if body.get("stream") is not True or options.get("include_usage") is True:
            return None
        return {**body, "stream_options": {**options, "include_usage": True}}

    def is_count(self, event: Json) -> bool:
        return event.get("choices") == [] and isinstance(event.get("usage"), dict)


class Chat(_Counted):
    """OpenAI Chat Completions."""

    api = "chat"
    provider = "openai"
    paths = ("/chat/completions",)
    limits = ("max_completion_tokens", "max_tokens")
    said = ("messages",)

    def tools_of(self, body: Json) -> list[Json]:
        found = super().tools_of(body) + [mapping(one) for one in listing(body.get(FUNCTIONS))]
        return found if body.get(SEARCH) is None else [*found, {"type": SEARCH}]

    def without_tools(self, body: Json, names: Collection[str]) -> Json:
        beside = {SEARCH: body[SEARCH]} if SEARCH in body and SEARCH not in names else {}
        functions = [one for one in listing(body.get(FUNCTIONS)) if mapping(one).get("name") not in names]
        beside |= {FUNCTIONS: functions} if functions else {}
        rest = {name: one for name, one in body.items() if name not in {SEARCH, FUNCTIONS}}
        return super().without_tools(rest, names) | beside

    def read_messages(self, body: Json) -> list[Json]:
        return [chat_message(mapping(message)) for message in listing(body.get("messages"))]

    def read_answer(self, body: Json, into: Answered) -> None:
        self._read(body, into, "message")

    def read_event(self, event: Json, into: Answered) -> None:
        read_failure(event, into)
        self._read(event, into, "delta")

    def _read(self, body: Json, into: Answered, key: str) -> None:
        into.model = str(body.get("model") or into.model)
        into.id = string(body.get("id")) or into.id
        into.usage = merge_usage(into.usage, body)
        for choice in map(mapping, listing(body.get("choices"))):
            piece, number = mapping(choice.get(key)), choice.get("index", 0)
            for place, call in enumerate(map(mapping, listing(piece.get("tool_calls")))):
                made = mapping(call.get("function")) or mapping(call.get("custom"))
                named = call.get("index", place)
                _add_call(into, (number, named) if number else named, string(call.get("id")), made)
            if called := mapping(piece.get("function_call")):
                _add_call(into, (number, FUNCTION) if number else FUNCTION, "", called)
            if number:
                into.beside += len(string(piece.get("content")))
                continue
            _read_content(piece.get("content"), into)
            add(into.text, piece.get("refusal"))
            add(into.reasoning, piece.get("reasoning_content") or piece.get("reasoning"))
            into.finish = string(choice.get("finish_reason")) or into.finish


def _read_content(content: Any, into: Answered) -> None:
    """A text, or what Mistral makes of one: blocks, thoughts among them."""
    add(into.text, content)
    for block in map(mapping, listing(content)):
        add(into.text, block.get("text"))
        for thought in map(mapping, listing(block.get("thinking"))):
            add(into.reasoning, thought.get("text"))


def _add_call(into: Answered, key: Any, id: str, made: Json) -> None:  # noqa: A002 - the wire's word
    text = string(made.get("arguments")) or string(made.get("input"))
    into.call(key, id=id, name=string(made.get("name")), text=text)


class Responses(Dialect):
    """OpenAI Responses."""

    api = "responses"
    provider = "openai"
    paths = ("/responses", "/responses/compact")
    limits = ("max_output_tokens",)
    said = ("instructions", "input")
    offering = "input"

    def tools_of(self, body: Json) -> list[Json]:
        found = [*super().tools_of(body), *in_items(body.get("input"))]
        return [*found, {"type": PROMPT}] if body.get("prompt") else found

    def without_tools(self, body: Json, names: Collection[str]) -> Json:
        left = super().without_tools(body, names)
        if "input" in left:
            left["input"] = keep_in_items(left["input"], names, self.tool_name)
        if PROMPT in names:
            left.pop("prompt", None)
        return left

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
            if item.get("type") in CALLS:
                _read_call(place, item, into)
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
        elif kind in {"response.function_call_arguments.delta", "response.custom_tool_call_input.delta"}:
            into.call(event.get("item_id"), text=string(event.get("delta")))
        elif kind == "error":
            read_failure(event, into)
        elif kind == "response.output_item.added":
            item = mapping(event.get("item"))
            if item.get("type") in CALLS:
                _read_call(item.get("id"), item, into)


def _read_call(key: Any, item: Json, into: Answered) -> None:
    """A call that the client is to run: of a function, or of a tool that OpenAI only describes."""
    name, asked = CALLS[item["type"]]
    text = item.get(asked)
    text = json.dumps(text, ensure_ascii=False) if isinstance(text, dict | list) else string(text)
    into.call(key, id=string(item.get("call_id")), name=string(item.get("name")) or name, text=text)


class Completions(_Counted):
    """OpenAI's first API: a text goes on."""

    api = "completions"
    provider = "openai"
    paths = ("/completions",)
    limits = ("max_tokens",)
    said = ("prompt", "suffix")

    def read_messages(self, body: Json) -> list[Json]:
        return [message_of("user", [text_part(text)]) for text in texts_of(body.get("prompt"))]

    def read_answer(self, body: Json, into: Answered) -> None:
        self.read_event(body, into)

    def read_event(self, event: Json, into: Answered) -> None:
        read_failure(event, into)
        into.model = str(event.get("model") or into.model)
        into.id = string(event.get("id")) or into.id
        into.usage = merge_usage(into.usage, event)
        for choice in map(mapping, listing(event.get("choices"))):
            add(into.text, choice.get("text"))
            into.finish = string(choice.get("finish_reason")) or into.finish


class Embeddings(Dialect):
    """OpenAI Embeddings: nothing is said back."""

    api = "embeddings"
    provider = "openai"
    paths = ("/embeddings",)
    said = ("input",)

    def limit_of(self, body: Json) -> int | None:  # noqa: ARG002 - whatever it asks
        return 0

    def read_messages(self, body: Json) -> list[Json]:
        return [message_of("user", [text_part(text)]) for text in texts_of(body.get("input"))]

    def read_answer(self, body: Json, into: Answered) -> None:
        into.model = str(body.get("model") or into.model)
        into.usage = merge_usage(into.usage, body)

    def read_event(self, event: Json, into: Answered) -> None:
        self.read_answer(event, into)
