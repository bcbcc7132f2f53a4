"""Three ways to talk to a model, read as one: what was asked, what was answered, what it used.

Nothing here touches the network or changes a byte; a body that cannot be read is a model call of which little
is known, never an error.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from holdfast.integrations.transport.parts import (
    Json,
    add,
    blocks,
    chat_message,
    data,
    listing,
    mapping,
    message_of,
    response_item,
    string,
    text_part,
    tool_name,
)
from holdfast.record.answers import merge_usage

MESSAGES_MAX: Final = 200
"""Messages of one request that are recorded, the latest ones."""


@dataclass(frozen=True)
class Asked:
    """What a request asks for."""

    model: str
    streamed: bool
    tokens_out_max: int | None
    messages: tuple[Json, ...]
    tools: tuple[str, ...]


@dataclass
class Answered:
    """What came back, as far as it came."""

    model: str = ""
    id: str = ""
    """The provider's own id of it."""
    usage: Json = field(default_factory=dict[str, Any])
    text: list[str] = field(default_factory=list[str])
    reasoning: list[str] = field(default_factory=list[str])
    calls: dict[Any, Json] = field(default_factory=dict[Any, Json])
    finish: str = ""

    @property
    def messages(self) -> tuple[Json, ...]:
        """The answer in the form of the GenAI conventions."""
        parts: list[Json] = []
        if self.reasoning:
            parts.append({"type": "reasoning", "content": "".join(self.reasoning)})
        if self.text:
            parts.append({"type": "text", "content": "".join(self.text)})
        parts += [
            {
                "type": "tool_call",
                "id": one["id"],
                "name": one["name"],
                "arguments": data("".join(one["text"])),
            }
            for one in self.calls.values()
        ]
        return ({"role": "assistant", "parts": parts, "finish_reason": self.finish},) if parts else ()

    @property
    def length(self) -> int:
        """Characters received, for an estimate when the provider reports no usage."""
        called = sum(len(piece) for one in self.calls.values() for piece in one["text"])
        return sum(map(len, self.text)) + sum(map(len, self.reasoning)) + called

    def call(self, key: Any, *, id: str = "", name: str = "", text: str = "") -> None:  # noqa: A002  # the wire's word
        """Add a piece of a tool call."""
        one = self.calls.setdefault(key, {"id": "", "name": "", "text": []})
        one["id"] = id or one["id"]
        one["name"] = name or one["name"]
        if text:
            one["text"].append(text)


class Dialect:
    """One provider's API."""

    provider: ClassVar[str]
    """Who speaks it when the host says nothing else."""
    paths: ClassVar[tuple[str, ...]]
    """How its paths end."""
    limits: ClassVar[tuple[str, ...]]
    """Names of the field that limits the answer, the one in use today first."""
    said: ClassVar[tuple[str, ...]]
    """The fields of a request that hold the conversation."""

    def read_request(self, body: Json) -> Asked:
        """What a request asks for."""
        limit = next((body[name] for name in self.limits if isinstance(body.get(name), int)), None)
        tools = [tool_name(mapping(tool)) for tool in listing(body.get("tools"))]
        return Asked(
            model=str(body.get("model", "")),
            streamed=body.get("stream") is True,
            tokens_out_max=limit,
            messages=tuple(self.read_messages(body)[-MESSAGES_MAX:]),
            tools=tuple(name for name in tools if name),
        )

    def read_messages(self, body: Json) -> list[Json]:
        """The conversation so far, in the form of the GenAI conventions."""
        raise NotImplementedError

    def read_answer(self, body: Json, into: Answered) -> None:
        """A whole answer."""
        raise NotImplementedError

    def read_event(self, event: Json, into: Answered) -> None:
        """One piece of a streamed answer."""
        raise NotImplementedError

    def refusal(self, message: str, code: str) -> Json:
        """An error of the shape that this provider's clients understand."""
        return {"error": {"message": message, "type": "permission_error", "code": code, "param": None}}


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


class Messages(Dialect):
    """Anthropic Messages."""

    provider = "anthropic"
    paths = ("/messages",)
    limits = ("max_tokens",)
    said = ("system", "messages")

    def read_messages(self, body: Json) -> list[Json]:
        system = body.get("system")
        found = [message_of("system", blocks(system))] if system else []
        said = map(mapping, listing(body.get("messages")))
        return found + [message_of(string(one.get("role")), blocks(one.get("content"))) for one in said]

    def read_answer(self, body: Json, into: Answered) -> None:
        into.model = str(body.get("model") or into.model)
        into.id = string(body.get("id")) or into.id
        into.usage = merge_usage(into.usage, body)
        into.finish = string(body.get("stop_reason")) or into.finish
        for place, block in enumerate(map(mapping, listing(body.get("content")))):
            self._start(place, block, into)
            if block.get("type") == "tool_use":
                into.call(place, text=json.dumps(block.get("input", {})))

    def read_event(self, event: Json, into: Answered) -> None:
        match event.get("type"):
            case "message_start":
                message = mapping(event.get("message"))
                into.model = str(message.get("model") or into.model)
                into.id = string(message.get("id")) or into.id
                into.usage = merge_usage(into.usage, message)
            case "content_block_start":
                self._start(event.get("index"), mapping(event.get("content_block")), into)
            case "content_block_delta":
                delta = mapping(event.get("delta"))
                add(into.text, delta.get("text"))
                add(into.reasoning, delta.get("thinking"))
                if delta.get("type") == "input_json_delta":
                    into.call(event.get("index"), text=string(delta.get("partial_json")))
            case "message_delta":
                # Counts are cumulative: the last ones win, field by field.
                into.usage = merge_usage(into.usage, event)
                into.finish = string(mapping(event.get("delta")).get("stop_reason")) or into.finish
            case _:
                pass

    def refusal(self, message: str, code: str) -> Json:
        return {"type": "error", "error": {"type": "permission_error", "message": message, "code": code}}

    def _start(self, place: Any, block: Json, into: Answered) -> None:
        if block.get("type") == "tool_use":
            into.call(place, id=string(block.get("id")), name=string(block.get("name")))
        add(into.text, block.get("text"))
        add(into.reasoning, block.get("thinking"))


DIALECTS: Final = (Chat(), Responses(), Messages())
HOSTS: Final = {
    "api.openai.com": "openai",
    "api.anthropic.com": "anthropic",
    "api.mistral.ai": "mistral",
    "api.groq.com": "groq",
    "api.deepseek.com": "deepseek",
    "api.x.ai": "xai",
    "openrouter.ai": "openrouter",
    "api.together.xyz": "together",
    "generativelanguage.googleapis.com": "google",
}
"""Whose endpoint a host is; any other is named after the dialect it speaks."""


def find_dialect(method: str, path: str) -> Dialect | None:
    """The dialect of a request, by its path alone; None for all other traffic."""
    if method != "POST":
        return None
    path = path.rstrip("/")
    return next((one for one in DIALECTS if path.endswith(one.paths)), None)
