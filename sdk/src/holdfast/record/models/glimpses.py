"""A glimpse at each event of a stream: how much it says, and whether it has to be read whole.

A stream is hundreds of small events, and nearly all of them say a word or two. Decoding only the fields that
matter, into a typed value, costs a tenth of reading the whole as data, and less than looking for a few words
in its bytes. What is unusual in any way is marked: then the whole of it is read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from holdfast.record.models.anthropic import Messages
from holdfast.record.models.dialect import Dialect
from holdfast.record.models.openai import Chat, Completions, Responses

Glimpse = Callable[[bytes], tuple[int, bool]]
"""From the JSON of one event: characters that it says, and whether it is marked: the beginning of something,
a tool call, usage, an end, an error, or what cannot be told so quickly (and then says 0)."""

_SPOKEN: Final = frozenset({
    "response.output_text.delta",
    "response.reasoning_summary_text.delta",
    "response.reasoning_text.delta",
    "response.refusal.delta",
})  # fmt: skip


class _Delta(msgspec.Struct, gc=False):
    content: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    role: str | None = None
    tool_calls: Any = None
    function_call: Any = None


class _Choice(msgspec.Struct, gc=False):
    delta: _Delta | None = None
    text: str | None = None
    finish_reason: str | None = None


class _Chunk(msgspec.Struct, gc=False):
    choices: list[_Choice] = []
    usage: Any = None
    error: Any = None


class _BlockDelta(msgspec.Struct, gc=False):
    text: str | None = None
    thinking: str | None = None


class _Block(msgspec.Struct, gc=False):
    type: str = ""
    delta: _BlockDelta | None = None


class _Item(msgspec.Struct, gc=False):
    type: str = ""
    delta: str | None = None


_chunk = msgspec.json.Decoder(_Chunk).decode
_block = msgspec.json.Decoder(_Block).decode
_item = msgspec.json.Decoder(_Item).decode


def glimpse_of(dialect: Dialect) -> Glimpse:
    """How to look at the events of an API."""
    match dialect:
        case Chat() | Completions():
            return _glimpse_chunk
        case Messages():
            return _glimpse_block
        case Responses():
            return _glimpse_item
        case _:
            return _read_whole


def _read_whole(data: bytes) -> tuple[int, bool]:  # noqa: ARG001 - Gemini's events are few and large
    return 0, True


def _glimpse_chunk(data: bytes) -> tuple[int, bool]:
    try:
        event = _chunk(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return 0, True
    if event.usage is not None or event.error is not None or len(event.choices) != 1:
        return 0, True
    choice = event.choices[0]
    delta = choice.delta or _SILENT
    if choice.finish_reason or delta.tool_calls or delta.function_call or delta.role:
        return 0, True
    said = delta.content or choice.text or delta.reasoning_content or delta.reasoning or delta.refusal
    return (len(said), False) if said else (0, False)


def _glimpse_block(data: bytes) -> tuple[int, bool]:
    try:
        event = _block(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return 0, True
    if event.type == "ping":
        return 0, False
    said = event.delta and (event.delta.text or event.delta.thinking)
    return (len(said), False) if said and event.type == "content_block_delta" else (0, True)


def _glimpse_item(data: bytes) -> tuple[int, bool]:
    try:
        event = _item(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return 0, True
    return (len(event.delta), False) if event.delta is not None and event.type in _SPOKEN else (0, True)


_SILENT: Final = _Delta()
