"""The guard around a function of any kind: plain, coroutine, generator, async generator.

Whatever the kind: enter, run inside the step, leave with what came of it. A generator's step is left at every
yield, because between two items the code of somebody else runs.
"""

from __future__ import annotations

import functools
import inspect
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from typing import Any, Final, Protocol

from holdfast.guard.here import standing
from holdfast.guard.step import Step

KEPT_MAX: Final = 1_000
"""Items of a generator that are kept for the record, the latest ones."""

Thunk = Callable[[], Any]
Leave = Callable[..., Any]
Kept = deque[Any]


class Around(Protocol):
    """What stands around each call of a function."""

    def passes(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Whether the call needs no judging, because it was just judged."""
        ...

    def enter(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Step, Thunk]:
        """Judge the call; the thunk makes it, with what was judged."""
        ...

    def enter_async(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Awaitable[tuple[Step, Thunk]]:
        """`enter`, without stopping the event loop."""
        ...

    def leave(self, step: Step, *, result: Any = None, error: BaseException | None = None) -> Any:
        """Record what came of it; the answer is the result as the caller gets it."""
        ...


def surround(function: Callable[..., Any], around: Around) -> Callable[..., Any]:
    """The function with `around` around every call; it stays the kind of function it was."""
    if inspect.isasyncgenfunction(function):
        wrapper = _async_generator(function, around)
    elif inspect.isgeneratorfunction(function):
        wrapper = _generator(function, around)
    elif inspect.iscoroutinefunction(function):
        wrapper = _coroutine(function, around)
    else:
        wrapper = _plain(function, around)
    return functools.wraps(function)(wrapper)


def stream(step: Step, make: Thunk, leave: Leave, *, kept: Kept | None = None) -> Generator[Any, Any, Any]:
    """Go through a generator inside a step that was entered; what was kept of it is its result."""
    kept = deque(maxlen=KEPT_MAX) if kept is None else kept
    inner: Generator[Any, Any, Any] | None = None
    sent: Any = None
    try:
        with standing(step.inside):
            inner = make()
        assert inner is not None, "a generator function makes a generator"
        while True:
            with standing(step.inside):
                item = inner.send(sent) if sent is not None else next(inner)
            kept.append(item)
            sent = yield item
    except StopIteration as stop:
        leave(step, result=list(kept) if stop.value is None else stop.value)
        return stop.value
    except BaseException as error:
        leave(step, result=list(kept), error=error)
        raise
    finally:
        close = getattr(inner, "close", None)
        if close is not None:
            close()


async def stream_async(
    step: Step, make: Thunk, leave: Leave, *, kept: Kept | None = None
) -> AsyncGenerator[Any, Any]:
    """Go through an async generator inside a step that was entered; what was kept of it is its result."""
    kept = deque(maxlen=KEPT_MAX) if kept is None else kept
    inner: Any = None
    sent: Any = None
    try:
        with standing(step.inside):
            inner = make()
        while True:
            with standing(step.inside):
                item = await (inner.asend(sent) if sent is not None else anext(inner))
            kept.append(item)
            sent = yield item
    except StopAsyncIteration:
        leave(step, result=list(kept))
    except BaseException as error:
        leave(step, result=list(kept), error=error)
        raise
    finally:
        close = getattr(inner, "aclose", None)
        if close is not None:
            await close()


def _plain(function: Callable[..., Any], around: Around) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        if around.passes(args, kwargs):
            return function(*args, **kwargs)
        step, make = around.enter(args, kwargs)
        try:
            with step:
                result = make()
        except BaseException as error:
            around.leave(step, error=error)
            raise
        return around.leave(step, result=result)

    return call


def _coroutine(function: Callable[..., Any], around: Around) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        if around.passes(args, kwargs):
            return await function(*args, **kwargs)
        step, make = await around.enter_async(args, kwargs)
        try:
            with step:
                result = await make()
        except BaseException as error:
            around.leave(step, error=error)
            raise
        return around.leave(step, result=result)

    return call


def _generator(function: Callable[..., Any], around: Around) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        if around.passes(args, kwargs):
            made: Generator[Any, Any, Any] = function(*args, **kwargs)
            return (yield from made)
        step, make = around.enter(args, kwargs)
        return (yield from stream(step, make, around.leave))

    return call


def _async_generator(function: Callable[..., Any], around: Around) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        if around.passes(args, kwargs):
            inner = function(*args, **kwargs)
        else:
            step, make = await around.enter_async(args, kwargs)
            inner = stream_async(step, make, around.leave)
        try:
            async for item in inner:
                yield item
        finally:
            await inner.aclose()

    return call
