"""Who stands on the two sides of a call: its client, and whoever waits for an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from holdfast_server.action.llm.seam import Failure, Headers, Reply


class Client(Protocol):
    """The client's connection, as a call needs it."""

    def lines(self, headers: Headers) -> bytes:
        """Headers as they go upstream.

        Raises:
            HeaderInjected: see `header_lines`.
        """
        ...

    def begin(self, status: int, headers: Headers, first: bytes) -> None:
        """The head of a streamed answer, and what there is of its body."""
        ...

    @property
    def way(self) -> Callable[[bytes], None] | None:
        """What chunks are written with once a stream has begun; None where they do not go on as they come."""
        ...

    def piece(self, data: bytes, chunk: bytes = b"") -> None:
        """Some of its body; with the chunk that it came in if that can go on as it came."""
        ...

    def complete(self) -> None:
        """It is complete; the call is over."""
        ...

    def reply(self, reply: Reply) -> None:
        """A whole answer; the call is over."""
        ...

    def fail(self) -> None:
        """No answer can be given, or not to its end: refuse, or cut the connection; the call is over."""
        ...


class Caller(Protocol):
    """Whoever waits for an answer. It hears of one head, of pieces, then of one end; or of all at once."""

    def answered(self, status: int, headers: Headers) -> None:
        """The head of the answer."""
        ...

    def body(self, data: bytes, chunk: bytes = b"") -> None:
        """A piece of its body, and the chunk it came in if it is one that can go on as it came."""
        ...

    def ended(self) -> None:
        """The answer is complete."""
        ...

    def whole(self, status: int, headers: Headers, body: bytes) -> None:
        """All of the answer; the connection is free."""
        ...

    def broke(self, kind: Failure, detail: str) -> None:
        """There will be no more of it."""
        ...
