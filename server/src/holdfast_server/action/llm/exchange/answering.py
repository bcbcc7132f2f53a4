"""What an answer says of itself: its id, its model and what it used, read off a whole body."""

from __future__ import annotations

import math
from typing import Any, Final

import msgspec

from holdfast.record import Usage, read_usage
from holdfast.record.models import Answered
from holdfast.record.models.parts import read_json
from holdfast_server.action.llm.exchange.refusing import DIALECTS
from holdfast_server.action.llm.exchange.step import Step

CHARACTERS_A_TOKEN: Final = 4
ABSENT: Final = msgspec.Raw()
NONE: Final = frozenset({b"", b"null", b"{}"})


class Whole(msgspec.Struct, gc=False):
    """The few fields of an answer that are read; other APIs call them otherwise."""

    id: str | None = None
    model: str | None = None
    usage: msgspec.Raw = ABSENT
    responseId: str | None = None  # noqa: N815  # the wire's word
    modelVersion: str | None = None  # noqa: N815  # as above
    usageMetadata: msgspec.Raw = ABSENT  # noqa: N815  # as above


class _Cached(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    cached_tokens: int = 0
    audio_tokens: int = 0


class _Made(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    reasoning_tokens: int = 0
    audio_tokens: int = 0
    accepted_prediction_tokens: int = 0
    rejected_prediction_tokens: int = 0


class _Counted(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """A usage as OpenAI's chats report it, and nothing beside it."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int = 0
    prompt_tokens_details: _Cached | None = None
    completion_tokens_details: _Made | None = None


_read_counted = msgspec.json.Decoder(_Counted).decode
_read_any = msgspec.json.Decoder(dict[str, Any]).decode
_decode = msgspec.json.Decoder(Whole).decode


def read_whole(body: bytes) -> Whole | None:
    """What a whole answer says of itself; None when it is no answer at all."""
    try:
        return _decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None


def note_whole(step: Step, whole: Whole, body: bytes) -> None:
    """Take down what a whole answer says of itself; without a usage its text counts."""
    step.answer_id = whole.id or whole.responseId or ""
    step.answer_model = whole.model or whole.modelVersion or ""
    if step.free:
        return
    for used in (whole.usage, whole.usageMetadata):
        if bytes(used) not in NONE:
            step.usage = _usage(used)
            return
    answered = Answered()
    DIALECTS[step.shown].read_answer(read_json(body), answered)
    estimate(step, answered.length)


def _usage(raw: msgspec.Raw) -> Usage:
    """A usage, the most usual one at a tenth of the cost."""
    try:
        said = _read_counted(raw)
    except msgspec.DecodeError:
        return _usage_of_any(raw)
    kept, made = said.prompt_tokens_details, said.completion_tokens_details
    if (kept and (kept.cached_tokens or kept.audio_tokens)) or (
        made and (made.reasoning_tokens or made.audio_tokens)
    ):
        return _usage_of_any(raw)
    return Usage(said.prompt_tokens, said.completion_tokens)


def _usage_of_any(raw: msgspec.Raw) -> Usage:
    try:
        return read_usage(_read_any(raw))
    except msgspec.DecodeError:
        return Usage()


def estimate(step: Step, characters: int) -> None:
    """Our own count, where the provider gave none of an answer that came."""
    asked = step.action.estimate
    step.usage = Usage(
        input_tokens=asked.tokens_in,
        output_tokens=math.ceil(characters / CHARACTERS_A_TOKEN) if asked.tokens_out else 0,
    )
    step.estimated = True
