"""An answer of Messages, read and written whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from holdfast.record.models.parts import Json, data, listing, mapping, string
from holdfast.record.usage import read_usage
from holdfast_server.action.llm.translating.form import Answer, Call, Stop, Text, Thought
from holdfast_server.action.llm.translating.seals import sealed
from holdfast_server.action.llm.translating.usages import messages_usage

STOPS: Final[dict[str, Stop]] = {
    "end_turn": "end",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "stop_sequence": "sequence",
    "tool_use": "calls",
    "refusal": "filter",
}
REASONS: Final[dict[Stop, str]] = {
    "end": "end_turn",
    "length": "max_tokens",
    "calls": "tool_use",
    "filter": "refusal",
    "sequence": "stop_sequence",
}


def read_answer(body: Json) -> Answer:
    """What was answered."""
    blocks = map(mapping, listing(body.get("content")))
    return Answer(
        id=string(body.get("id")),
        model=string(body.get("model")),
        parts=tuple(part for block in blocks for part in _part(block)),
        stop=stop_of(string(body.get("stop_reason"))),
        usage=read_usage(mapping(body.get("usage"))),
        sequence=string(body.get("stop_sequence")),
    )


def _part(block: Json) -> Iterator[Text | Thought | Call]:
    match block.get("type"):
        case "text":
            if text := string(block.get("text")):
                yield Text(text)
        case "thinking":
            text, seal = string(block.get("thinking")), string(block.get("signature"))
            if text or seal:
                yield Thought(text, seal, "messages")
        case "redacted_thinking":
            yield Thought("", string(block.get("data")), "messages", hidden=True)
        case "tool_use":
            arguments = json.dumps(mapping(block.get("input")), ensure_ascii=False)
            yield Call(string(block.get("id")), string(block.get("name")), arguments)
        case _:
            # What the provider did itself, a search for one, has no counterpart; its text tells.
            return


def stop_of(reason: str) -> Stop:
    """Why it stopped; what nobody knows is an end."""
    return STOPS.get(reason, "end")


def write_answer(answer: Answer) -> Json:
    """The body of the answer."""
    return {
        "id": answer.id,
        "type": "message",
        "role": "assistant",
        "model": answer.model,
        "content": [_block(part) for part in answer.parts],
        "stop_reason": REASONS[answer.stop],
        "stop_sequence": answer.sequence or None,
        "usage": messages_usage(answer.usage),
    }


def _block(part: Text | Thought | Call) -> Json:
    match part:
        case Text():
            return {"type": "text", "text": part.text}
        case Thought():
            seal = sealed(part.seal, part.maker, api="messages")
            if part.hidden:
                return {"type": "redacted_thinking", "data": seal}
            return {"type": "thinking", "thinking": part.text, "signature": seal}
        case Call():
            return {"type": "tool_use", "id": part.id, "name": part.name, "input": arguments_of(part)}


def arguments_of(call: Call) -> Json:
    """The arguments as the object that they must be here; what is none stands under a name of its own."""
    found = data(call.arguments)
    return found if isinstance(found, dict) else {"arguments": found}  # pyright: ignore[reportUnknownVariableType]  # json returns Any by nature
