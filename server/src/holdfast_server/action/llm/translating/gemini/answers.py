"""An answer of Gemini, whole or in pieces: every event of a stream is a whole answer of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from holdfast.record.answers import merge_usage
from holdfast.record.models.parts import Json, listing, mapping, string
from holdfast.record.usage import read_usage
from holdfast_server.action.llm.translating.form import (
    Answer,
    Argued,
    Began,
    Called,
    Closed,
    Counted,
    Ended,
    Event,
    Said,
    Stop,
    Thinking,
)
from holdfast_server.action.llm.translating.framing import failure
from holdfast_server.action.llm.translating.gathering import gather
from holdfast_server.action.llm.translating.losses import Untranslatable

STOPS: Final[dict[str, Stop]] = {"STOP": "end", "MAX_TOKENS": "length"}
"""Every other reason means that something was kept back."""


def read_answer(body: Json) -> Answer:
    """What was answered.

    Raises:
        Untranslatable: it is something that other APIs cannot say, a picture for one.
    """
    reader = GeminiReader()
    return gather([*reader.read(body), *reader.end(marked=True)])


class GeminiReader:
    """Events of Gemini into the one form."""

    def __init__(self) -> None:
        self._id: str | None = None
        self._usage: Json = {}
        self._calls = 0
        self._finish = ""

    def read(self, event: Json) -> Iterator[Event]:
        """What an event says.

        Raises:
            Untranslatable: other APIs cannot say that.
        """
        if "error" in event:
            yield failure(event)
            return
        if self._id is None:
            self._id = string(event.get("responseId"))
            yield Began(self._id, string(event.get("modelVersion")))
        for candidate in map(mapping, listing(event.get("candidates"))[:1]):
            for part in listing(mapping(candidate.get("content")).get("parts")):
                yield from self._part(mapping(part))
            self._finish = string(candidate.get("finishReason")) or self._finish
        if mapping(event.get("promptFeedback")).get("blockReason"):
            self._finish = self._finish or "BLOCKED"
        if usage := mapping(event.get("usageMetadata")):
            self._usage = merge_usage(self._usage, event)
            yield Counted(read_usage({**self._usage, **usage}))

    def _part(self, part: Json) -> Iterator[Event]:
        if called := mapping(part.get("functionCall")):
            self._calls += 1
            place = string(called.get("id")) or f"call_{self._id}_{self._calls}"
            yield Called(place, string(called.get("name")), string(part.get("thoughtSignature")))
            yield Argued(json.dumps(mapping(called.get("args")), ensure_ascii=False))
            yield Closed()
        elif text := string(part.get("text")):
            yield Thinking(text) if part.get("thought") is True else Said(text)
        elif strange := [name for name in part if name not in {"text", "thought", "thoughtSignature"}]:
            raise Untranslatable(strange[0], "only `gemini` answers with it")

    def end(self, *, marked: bool) -> Iterator[Event]:  # noqa: ARG002 - the last event tells
        """What the end of the stream says."""
        if self._finish:
            stop = STOPS.get(self._finish, "filter")
            yield Ended("calls" if self._calls and stop == "end" else stop)
