"""Listening to a streamed answer while it passes: only a pen changes a byte, only a knife ends it early."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import cache
from types import ModuleType
from typing import Any, Protocol


class Ear(Protocol):
    """Who is told what passes."""

    def hear(self, chunk: bytes) -> None:
        """Some bytes passed."""
        ...

    def close(self, error: BaseException | None) -> None:
        """It is over; said once."""
        ...


class Pen(Protocol):
    """Who changes what passes."""

    def feed(self, chunk: bytes) -> bytes:
        """What may pass by now."""
        ...

    def finish(self) -> bytes:
        """What was held back."""
        ...


class Knife(Pen, Protocol):
    """Who may end it."""

    due: bool
    """Whether `settle` has to say whether it goes on."""
    over: bool
    """Whether nothing may follow."""

    def settle(self) -> bytes:
        """What follows; may wait for others."""
        ...


class Tee:
    """A response's stream: a knife may end it, a pen may change what passes, and an ear hears what does."""

    def __init__(self, stream: Any, ear: Ear, pen: Pen | None, knife: Knife | None) -> None:
        self._stream, self._ear, self._pen, self._knife = stream, ear, pen, knife
        self._closed = False

    def _take(self, chunk: bytes) -> bytes:
        return self._write(chunk if self._knife is None else self._knife.feed(chunk))

    def _rest(self) -> bytes:
        """What was held back, now that nothing follows."""
        before = b"" if self._knife is None else self._write(self._knife.finish())
        last = b"" if self._pen is None else self._pen.finish()
        if last:
            self._ear.hear(last)
        return before + last

    def _write(self, chunk: bytes) -> bytes:
        passing = chunk if self._pen is None else self._pen.feed(chunk)
        if passing:
            self._ear.hear(passing)
        return passing

    def _end(self, error: BaseException | None) -> None:
        if not self._closed:
            self._closed = True
            self._ear.close(None if isinstance(error, GeneratorExit) else error)


class SyncTee(Tee):
    """For a sync client; both libraries want to see their own base class as well, see `tee`."""

    def __iter__(self) -> Iterator[bytes]:
        try:
            knife = self._knife
            for chunk in self._stream:
                if passing := self._take(chunk):
                    yield passing
                while knife is not None and knife.due:
                    if passing := self._write(knife.settle()):
                        yield passing
                if knife is not None and knife.over:
                    self._stream.close()
                    break
            if rest := self._rest():
                yield rest
        except BaseException as error:
            self._end(error)
            raise
        self._end(None)

    def close(self) -> None:
        """Close the stream; the rest of it is not wanted."""
        try:
            self._stream.close()
        finally:
            self._end(None)


class AsyncTee(Tee):
    """For an async client."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            knife = self._knife
            async for chunk in self._stream:
                if passing := self._take(chunk):
                    yield passing
                while knife is not None and knife.due:
                    if passing := self._write(await asyncio.to_thread(knife.settle)):
                        yield passing
                if knife is not None and knife.over:
                    await self._stream.aclose()
                    break
            if rest := self._rest():
                yield rest
        except BaseException as error:
            self._end(error)
            raise
        self._end(None)

    async def aclose(self) -> None:
        """Close the stream; the rest of it is not wanted."""
        try:
            await self._stream.aclose()
        finally:
            self._end(None)


def bytes_stream(http: ModuleType, body: bytes, *, asynchronous: bool) -> Any:
    """A body that is there already, as a stream of the library."""
    sync, awaited = _byte_classes(http)
    return (awaited if asynchronous else sync)(body)


@cache
def _byte_classes(http: ModuleType) -> tuple[type[SyncBytes], type[AsyncBytes]]:
    return (
        type("SyncBytes", (SyncBytes, http.SyncByteStream), {}),
        type("AsyncBytes", (AsyncBytes, http.AsyncByteStream), {}),
    )


@cache
def _classes(http: ModuleType) -> tuple[type[SyncTee], type[AsyncTee]]:
    """The tees as the library knows streams: by its own base classes."""
    return (
        type("SyncTee", (SyncTee, http.SyncByteStream), {}),
        type("AsyncTee", (AsyncTee, http.AsyncByteStream), {}),
    )


def tee(http: ModuleType, stream: Any, ear: Ear, pen: Pen | None = None, knife: Knife | None = None) -> Tee:
    """The stream, with an ear on it, and perhaps a pen and a knife."""
    sync, asynchronous = _classes(http)
    return (asynchronous if isinstance(stream, http.AsyncByteStream) else sync)(stream, ear, pen, knife)


class SyncBytes:
    """A body that is there already, as a stream for a sync client."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        yield self._body

    def close(self) -> None:
        """Nothing is open."""


class AsyncBytes:
    """The same for an async client."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body

    async def aclose(self) -> None:
        """Nothing is open."""
