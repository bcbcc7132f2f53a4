"""A chosen reply, completed: text, tool calls with ids, tokens."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from holdfast.testing.provider.conversation import Conversation
from holdfast.testing.provider.scenario import Reply, Tokens, ToolCall


class PlannedCall(NamedTuple):
    """A tool call as it goes over the wire."""

    id: str
    name: str
    arguments: str
    """JSON text; malformed when the script wants it so."""

    @property
    def parsed(self) -> dict[str, Any]:
        """The arguments as an object, for dialects that cannot carry raw text."""
        try:
            return json.loads(self.arguments)
        except ValueError:
            return {"_raw": self.arguments}


class Spent(NamedTuple):
    """The tokens an answer reports."""

    input: int
    output: int
    cached: int
    reasoning: int

    @property
    def total(self) -> int:
        """Input and output together."""
        return self.input + self.output


class Piece(NamedTuple):
    """Bytes of a stream; paced ones wait their interval and count towards a drop."""

    data: bytes
    paced: bool = False


@dataclass(frozen=True)
class Answer:
    """What one request gets, before a dialect dresses it."""

    id: str
    created: int
    """Seconds since the epoch."""
    conversation: Conversation
    text: str
    reasoning: str
    calls: tuple[PlannedCall, ...]
    spent: Spent
    chunks: int
    stop: str | None

    @property
    def model(self) -> str:
        """The model that was asked for."""
        return self.conversation.model


def compose(conversation: Conversation, reply: Reply, *, answer_id: str, created: int) -> Answer:
    """Complete a reply for this conversation."""
    calls = tuple(
        _plan(conversation, wanted, call_id=wanted.id or f"call_{answer_id[:16]}{index}")
        for index, wanted in enumerate(reply.tool_calls or ())
    )
    text = reply.text if reply.text is not None else ("" if calls else "ok")
    text = _padded(conversation.fill(text), reply.pad_tokens or 0)
    reasoning = reply.reasoning or ""
    written = len(text) + len(reasoning) + sum(len(planned.arguments) for planned in calls)
    return Answer(
        id=answer_id,
        created=created,
        conversation=conversation,
        text=text,
        reasoning=reasoning,
        calls=calls,
        spent=_count(conversation, reply.usage or Tokens(), written=written),
        chunks=max(1, reply.chunks or 8),
        stop=reply.stop,
    )


def pieces(text: str, count: int) -> Iterator[str]:
    """The text in at most so many slices of equal length."""
    step = -(-len(text) // max(1, count)) or 1
    for start in range(0, len(text), step):
        yield text[start : start + step]


def sse(payload: dict[str, Any] | str, event: str = "") -> bytes:
    """One server-sent event."""
    data = payload if isinstance(payload, str) else json.dumps(payload, separators=(",", ":"))
    return (f"event: {event}\n" if event else "").encode() + f"data: {data}\n\n".encode()


def _plan(conversation: Conversation, wanted: ToolCall, *, call_id: str) -> PlannedCall:
    name = wanted.name
    if name.startswith("~"):
        name = next((offered for offered in conversation.offered if re.search(name[1:], offered)), name[1:])
    arguments = wanted.arguments
    if isinstance(arguments, dict):
        known = conversation.offered.get(name, {}).get("properties")
        if wanted.fit and known:
            arguments = {key: value for key, value in arguments.items() if key in known}
        arguments = json.dumps(arguments)
    return PlannedCall(call_id, name, conversation.fill(arguments))


def _padded(text: str, words: int) -> str:
    return text + "".join(f" w{index}" for index in range(words - len(text.split())))


def _count(conversation: Conversation, tokens: Tokens, *, written: int) -> Spent:
    asked = len(json.dumps(conversation.body)) if tokens.input is None else 0
    return Spent(
        input=max(1, asked // 4) if tokens.input is None else tokens.input,
        output=max(1, written // 4) if tokens.output is None else tokens.output,
        cached=tokens.cached,
        reasoning=tokens.reasoning,
    )
