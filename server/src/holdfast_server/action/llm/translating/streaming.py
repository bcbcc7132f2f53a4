"""What reads and what writes a streamed answer, whichever API it is in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Protocol, assert_never

from holdfast.record.models.parts import Json
from holdfast.record.usage import Usage
from holdfast_server.action.llm.translating.form import (
    Argued,
    Began,
    Called,
    Closed,
    Counted,
    Ended,
    Event,
    Failed,
    Said,
    Thinking,
)


class Reader(Protocol):
    """Reads the stream of an upstream."""

    def read(self, event: Json) -> Iterator[Event]:
        """What an event says."""
        ...

    def end(self, *, marked: bool) -> Iterator[Event]:
        """What the end of the stream says; nothing when it came too early.

        Args:
            marked: whether the upstream said `[DONE]`.
        """
        ...


class Writer(ABC):
    """Writes the stream of a client."""

    def __init__(self) -> None:
        self.usage = Usage()

    def write(self, event: Event) -> bytes:
        """The bytes of an event; none for what has no event in this API."""
        made = b""
        match event:
            case Began():
                self.usage = event.usage
                made = self.begin(event)
            case Said():
                made = self.say(event)
            case Thinking():
                made = self.think(event)
            case Called():
                made = self.call(event)
            case Argued():
                made = self.argue(event)
            case Closed():
                made = self.close()
            case Counted():
                self.usage = event.usage
            case Ended():
                made = self.end(event)
            case Failed():
                made = self.fail(event)
            case _:
                assert_never(event)
        return made

    @abstractmethod
    def begin(self, event: Began) -> bytes:
        """The answer begins."""

    @abstractmethod
    def say(self, event: Said) -> bytes:
        """It says something."""

    @abstractmethod
    def think(self, event: Thinking) -> bytes:
        """It thinks."""

    @abstractmethod
    def call(self, event: Called) -> bytes:
        """It begins to call a tool."""

    @abstractmethod
    def argue(self, event: Argued) -> bytes:
        """It says with what."""

    @abstractmethod
    def close(self) -> bytes:
        """What it was saying is whole."""

    @abstractmethod
    def end(self, event: Ended) -> bytes:
        """The answer is whole."""

    @abstractmethod
    def fail(self, event: Failed) -> bytes:
        """The answer will never be whole."""
