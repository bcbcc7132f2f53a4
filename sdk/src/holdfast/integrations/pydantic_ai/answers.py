"""The answers of Pydantic AI agents on their way out: whole, or held back as events until reviewed."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncGenerator, Hashable
from typing import Any, Final, cast
from weakref import WeakKeyDictionary

from holdfast.errors import Denied
from holdfast.guard import (
    Disclosure,
    Form,
    Guard,
    Run,
    Step,
    differences,
    exchange,
    here,
    installed,
    review_async,
)
from holdfast.guard.signature import plain

OUTPUT_TOOL: Final = "final_result"
"""How the tools begin whose arguments are the answer."""
CALL: Final = "tool-call"

_reviewed: WeakKeyDictionary[Run, Any] = WeakKeyDictionary()
"""What of each run was let out as a stream already."""


class Events(Form):
    """The events of one streamed response."""

    def piece(self, item: Any) -> tuple[Hashable, str] | None:
        if item.event_kind == "part_start" and item.part.part_kind == "text":
            return item.index, item.part.content
        if item.event_kind == "part_delta" and item.delta.part_delta_kind == "text":
            return item.index, item.delta.content_delta
        return None

    def with_piece(self, item: Any, text: str) -> Any:
        if item.event_kind == "part_start":
            return dataclasses.replace(item, part=dataclasses.replace(item.part, content=text))
        return dataclasses.replace(item, delta=dataclasses.replace(item.delta, content_delta=text))


EVENTS: Final = Events()


def hold_response(original: Any) -> Any:
    """Hold the events of a response back while rules could object to the answer that it may be."""

    def governed_iter(self: Any) -> Any:
        guard, run = installed(), here().run
        inner = original(self)
        if guard is None or run is None or run.above is not None:
            return inner
        if not getattr(self, "_holdfast_held", None):
            self._holdfast_held = _held(guard, run, self, inner)
        return self._holdfast_held

    return governed_iter


async def _held(guard: Guard, run: Run, response: Any, inner: Any) -> AsyncGenerator[Any, None]:
    going = Disclosure(guard, EVENTS)
    async for item in inner:
        still = _as_it_is_now(item)
        if going.passes(still):
            yield item
    if not going.holding:
        return
    parts = response.get().parts
    # Readers of the response see it whole by now, so its texts go out whole, too: where each begins.
    changes = {part.content: part.content for part in parts if part.part_kind == "text"}
    before = _answer(parts)
    if before:
        after = await review_async(guard, before)
        changes |= differences(before, after)
        _put(parts, changes)
        _reviewed[run] = "".join(cast("list[str]", after)) if isinstance(after, list) else after
    for item in going.release(changes):
        yield item


def _as_it_is_now(event: Any) -> Any:
    """An event that does not grow with what comes after it: the part that begins is filled in place."""
    if event.event_kind != "part_start":
        return event
    return dataclasses.replace(event, part=dataclasses.replace(event.part))


async def review_run(guard: Guard, start: Step, run: Any) -> None:
    """Review what a run answered, and put what was changed into its result.

    Raises:
        Refused: it may not leave.
        Halted: the run is over.
    """
    result: Any = getattr(run, "result", None)
    output: Any = getattr(result, "output", None)
    if output is None or start.run.waiting or _reviewed.get(start.run) == output:
        return
    before = plain(output)
    changes = differences(before, await review_async(guard, before))
    if not changes:
        return
    if not hasattr(run, "_result_override"):
        raise Denied("the answer must be changed before it goes out, and this version of Pydantic AI cannot")
    messages = result.all_messages()
    _put(messages[-1].parts, changes)
    run._result_override = dataclasses.replace(result, output=exchange(output, changes))  # noqa: SLF001  # see above


def _answer(parts: Any) -> Any:
    """What a response answers; nothing when it calls a tool, because then the run goes on."""
    calls = [part for part in parts if part.part_kind == CALL]
    final = [part.args_as_dict() for part in calls if part.tool_name.startswith(OUTPUT_TOOL)]
    if calls:
        return final[0] if final else ""
    texts = [part.content for part in parts if part.part_kind == "text"]
    return texts if len(texts) > 1 else "".join(texts)


def _put(parts: Any, changes: dict[str, str]) -> None:
    """Let the history say what went out."""
    for part in parts if changes else ():
        if part.part_kind == "text":
            part.content = changes.get(part.content, part.content)
