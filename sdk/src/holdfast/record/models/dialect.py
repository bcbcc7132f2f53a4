"""What an API of models is to us: what was asked, what was answered, what it used.

Nothing here touches the network or changes a byte; a body that cannot be read is a model call of which little
is known, never an error.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from holdfast.record.models.parts import Json, data, listing, mapping, tool_name

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


class Dialect(ABC):
    """One API of models."""

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

    @abstractmethod
    def read_messages(self, body: Json) -> list[Json]:
        """The conversation so far, in the form of the GenAI conventions."""

    @abstractmethod
    def read_answer(self, body: Json, into: Answered) -> None:
        """A whole answer."""

    @abstractmethod
    def read_event(self, event: Json, into: Answered) -> None:
        """One piece of a streamed answer."""

    def refusal(self, message: str, code: str) -> Json:
        """An error of the shape that this provider's clients understand."""
        return {"error": {"message": message, "type": "permission_error", "code": code, "param": None}}
