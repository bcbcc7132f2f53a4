"""A streamed answer, gathered until it is whole."""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.record.usage import Usage
from holdfast_server.action.llm.translating.form import (
    Answer,
    Argued,
    Began,
    Call,
    Called,
    Closed,
    Counted,
    Ended,
    Event,
    Failed,
    Said,
    Text,
    Thinking,
    Thought,
)


class Gathering:
    """What was said by now."""

    def __init__(self) -> None:
        self.began = Began("", "")
        self.failed: Failed | None = None
        self._parts: list[Text | Thought | Call] = []
        self._open = False
        self._usage = Usage()
        self._ended = Ended("end")

    def take(self, event: Event) -> None:
        """Take note of what comes next."""
        match event:
            case Began():
                self.began, self._usage = event, event.usage
            case Said():
                self._say(Text(event.text))
            case Thinking():
                self._say(Thought(event.text, event.seal, event.maker, event.hidden))
            case Called():
                self._parts.append(Call(event.id, event.name, "", event.seal))
                self._open = True
            case Argued():
                call = self._parts[-1]
                if isinstance(call, Call):
                    self._parts[-1] = Call(call.id, call.name, call.arguments + event.text, call.seal)
            case Closed():
                self._open = False
            case Counted():
                self._usage = event.usage
            case Ended():
                self._ended = event
            case Failed():
                self.failed = event

    def _say(self, piece: Text | Thought) -> None:
        before = self._parts[-1] if self._open and self._parts else None
        self._open = True
        if isinstance(before, Text) and isinstance(piece, Text):
            self._parts[-1] = Text(before.text + piece.text)
        elif isinstance(before, Thought) and isinstance(piece, Thought):
            self._parts[-1] = Thought(
                before.text + piece.text,
                before.seal + piece.seal,
                piece.maker or before.maker,
                before.hidden or piece.hidden,
            )
        else:
            self._parts.append(piece)

    def answer(self) -> Answer:
        """The answer as far as it came."""
        return Answer(
            id=self.began.id,
            model=self.began.model,
            parts=tuple(self._parts),
            stop=self._ended.stop,
            usage=self._usage,
            sequence=self._ended.sequence,
            created=self.began.created,
        )


def gather(events: Iterable[Event]) -> Answer:
    """The whole answer of a stream."""
    gathering = Gathering()
    for event in events:
        gathering.take(event)
    return gathering.answer()
