"""What the guard asks while a recorded run is gone through again; `holdfast.testing.replaying` answers."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from typing import Any, Final, NamedTuple, Protocol, cast

from holdfast.guard.step import Step

BY: Final = "replay:"
"""Who approved a call that ran in the recording, followed by the recorded step."""


class Played(NamedTuple):
    """The answer of a model as it goes over the wire."""

    status: int
    content_type: str
    body: bytes


class Replaying(Protocol):
    """A recorded run."""

    def began(self, run: str) -> None:
        """A run begins."""
        ...

    def rewrite(self, agent: str, content: bytes) -> bytes:
        """The body of a model call with what the fork says otherwise."""
        ...

    def answer(self, step: Step, path: str, content: bytes) -> Played | None:
        """What a model answers in this step; None when it is really asked."""
        ...

    def ran(self, step: Step) -> str:
        """The recorded step in which this call ran; empty when there is none."""
        ...

    def close(self) -> None:
        """It is over."""
        ...

    def around(self, step: Step, dress: Callable[[str], Any]) -> Callable[[], Any] | None:
        """What stands in for a tool's call, with its result dressed; None when it really runs."""
        ...


def as_data(text: str) -> Any:
    """What was recorded of a result: data where the text is JSON of some, else the text itself."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def items(stand_in: Callable[[], Any]) -> Generator[Any]:
    """The items of a generator as they were recorded."""
    yield from _listed(stand_in())


async def items_async(stand_in: Callable[[], Any]) -> AsyncGenerator[Any]:
    """The items of an async generator as they were recorded."""
    for item in _listed(stand_in()):
        yield item


def later(make: Callable[[], Any]) -> Callable[[], Awaitable[Any]]:
    """What stands in for a call that is awaited."""

    async def made() -> Any:
        return make()

    return made


def _listed(found: Any) -> list[Any]:
    return cast("list[Any]", found) if isinstance(found, list) else [found]
