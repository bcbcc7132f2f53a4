"""The answers of OpenAI agents on their way out: whole, or held back as events until they were reviewed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Hashable
from typing import Any, Final

from holdfast.guard import Disclosure, Form, Guard, Step, differences, exchange, review_async, standing
from holdfast.guard.signature import plain

DELTA: Final = "response.output_text.delta"

Ended = Callable[[BaseException | None], None]


class Events(Form):
    """The events of a streamed run."""

    def piece(self, item: Any) -> tuple[Hashable, str] | None:
        data: Any = getattr(item, "data", None)
        if getattr(data, "type", "") != DELTA:
            return None
        return (data.item_id, data.output_index, data.content_index), data.delta

    def with_piece(self, item: Any, text: str) -> Any:
        return type(item)(data=item.data.model_copy(update={"delta": text}))


EVENTS: Final = Events()


async def review_result(guard: Guard, start: Step, result: Any) -> dict[str, str]:
    """Review what a run answered, and put what was changed into the result.

    Returns:
        the texts that were changed.

    Raises:
        Refused: it may not leave.
        Halted: the run is over.
    """
    output = getattr(result, "final_output", None)
    if output is None or (start.run.waiting and getattr(result, "interruptions", None)):
        return {}
    before = plain(output)
    changes = differences(before, await review_async(guard, before))
    if changes:
        result.final_output = exchange(output, changes)
        for item in result.new_items:
            if hasattr(item, "raw_item"):
                item.raw_item = exchange(item.raw_item, changes)
    return changes


def review_streamed(guard: Guard, start: Step, streamed: Any, ended: Ended) -> None:
    """Review what a streamed run answers before it counts as over; hold events back while that may matter."""
    loop_task, events = streamed.run_loop_task, streamed.stream_events
    changes: dict[str, str] = {}

    async def run() -> Any:
        try:
            done = await loop_task
            with start:
                changes.update(await review_result(guard, start, streamed))
        except BaseException as error:
            streamed.final_output = None
            ended(error)
            raise
        ended(None)
        return done

    async def stream_events() -> AsyncGenerator[Any, None]:
        with standing(start.inside):
            going = Disclosure(guard, EVENTS)
        inner = events()
        try:
            async for item in inner:
                if not going.outlook.outermost or going.passes(item):
                    yield item
        finally:
            await inner.aclose()
        for item in going.release(changes):
            yield item

    reviewed = asyncio.ensure_future(run())
    # Whoever reads only the events learns of a failure there; nobody has to look at the task.
    reviewed.add_done_callback(lambda task: task.cancelled() or task.exception())
    streamed.run_loop_task = reviewed
    streamed.stream_events = stream_events
