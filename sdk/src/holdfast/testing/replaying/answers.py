"""A recorded answer on the wire again, whole or streamed, in the dialect it is asked for in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from holdfast.guard.replaying import Played
from holdfast.record.recording import RecordedStep
from holdfast.testing.provider.answer import Answer, PlannedCall, Spent
from holdfast.testing.provider.chat import Chat
from holdfast.testing.provider.conversation import Conversation
from holdfast.testing.provider.dialect import Asked, Dialect
from holdfast.testing.provider.messages import Messages
from holdfast.testing.provider.responses import Responses
from holdfast.testing.provider.scenario import Fault

DIALECTS: Final[tuple[Dialect, ...]] = (Chat(), Responses(), Messages())
CHUNKS: Final = 8
EVENTS: Final = "text/event-stream"
JSON: Final = "application/json"

Parts = Iterable[Mapping[str, Any]]


def play(path: str, content: bytes, recorded: RecordedStep) -> Played:
    """What the provider would send for this answer."""
    dialect, asked, body = _read(path, content)
    if recorded.failed and not recorded.answer:
        fault = Fault(status=500, message=recorded.error or "this call failed in the recording")
        return Played(500, JSON, json.dumps(dialect.error(fault)).encode())
    answer = _answer(recorded, Conversation(dialect.name, body, {}, asked.model, asked.stream))
    if asked.stream:
        return Played(200, EVENTS, b"".join(piece.data for piece in dialect.stream(answer)))
    return Played(200, JSON, json.dumps(dialect.whole(answer)).encode())


def refuse(path: str, content: bytes, message: str) -> Played:
    """An error that no client tries again."""
    dialect, _, _ = _read(path, content)
    return Played(409, JSON, json.dumps(dialect.error(Fault(status=409, message=message))).encode())


def _read(path: str, content: bytes) -> tuple[Dialect, Asked, dict[str, Any]]:
    body: dict[str, Any] = json.loads(content)
    for dialect in DIALECTS:
        asked = dialect.asked(path, body)
        if asked is not None:
            return dialect, asked, body
    raise AssertionError(f"the doors read no model calls at {path}")


def _answer(recorded: RecordedStep, conversation: Conversation) -> Answer:
    parts = [part for message in recorded.answer for part in message.get("parts", ())]
    usage = recorded.usage
    return Answer(
        id=recorded.id,
        created=0,
        conversation=conversation,
        text=_said(parts, "text"),
        reasoning=_said(parts, "reasoning"),
        calls=tuple(_call(part) for part in parts if part.get("type") == "tool_call"),
        spent=Spent(
            usage.get("input_tokens", 0),
            usage.get("output_tokens", 0),
            usage.get("cache_read", 0),
            usage.get("reasoning", 0),
        ),
        chunks=CHUNKS,
        stop=None,
    )


def _said(parts: Parts, kind: str) -> str:
    return "".join(str(part.get("content", "")) for part in parts if part.get("type") == kind)


def _call(part: Mapping[str, Any]) -> PlannedCall:
    arguments = part.get("arguments", {})
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return PlannedCall(str(part.get("id", "")), str(part.get("name", "")), text)
