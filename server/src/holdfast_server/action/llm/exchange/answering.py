"""What an answer says of itself: its id, its model and what it used, read off a whole body."""

from __future__ import annotations

import math
from typing import Any, Final

import msgspec

from holdfast.record import Usage, read_usage
from holdfast_server.action.llm.exchange.step import Step

CHARACTERS_A_TOKEN: Final = 4
SECONDS: Final = 1_000_000_000


class Whole(msgspec.Struct, gc=False):
    """The few fields of an answer that are read; other APIs call them otherwise."""

    id: str | None = None
    model: str | None = None
    usage: dict[str, Any] | None = None
    responseId: str | None = None  # noqa: N815  # the wire's word
    modelVersion: str | None = None  # noqa: N815  # as above
    usageMetadata: dict[str, Any] | None = None  # noqa: N815  # as above


_decode = msgspec.json.Decoder(Whole).decode


def read_whole(body: bytes) -> Whole | None:
    """What a whole answer says of itself; None when it is no answer at all."""
    try:
        return _decode(body)
    except msgspec.DecodeError:
        return None


def note_whole(step: Step, whole: Whole, body: bytes) -> None:
    """Take down what a whole answer says of itself; without a usage its length counts."""
    step.answer_id = whole.id or whole.responseId or ""
    step.answer_model = whole.model or whole.modelVersion or ""
    used = whole.usage or whole.usageMetadata
    if used:
        step.usage = read_usage(used)
    else:
        estimate(step, len(body))


def estimate(step: Step, characters: int) -> None:
    """Our own count, where the provider gave none of an answer that came."""
    asked = step.action.estimate
    step.usage = Usage(
        input_tokens=asked.tokens_in,
        output_tokens=math.ceil(characters / CHARACTERS_A_TOKEN) if asked.tokens_out else 0,
    )
    step.estimated = True
