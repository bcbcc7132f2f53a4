"""What changed, told to the screens: many changes of one run in a moment are one event."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from holdfast_server.kit.db import Database
from holdfast_server.kit.hub import Hub
from holdfast_server.record.runs import store
from holdfast_server.record.runs.rows import show_step
from holdfast_server.record.runs.runs import Runs

GATHER_S: Final = 0.1
RUNS_MAX: Final = 200
STEPS_MAX: Final = 500


class Changes:
    """Collects ids of what changed and publishes its present state every tenth of a second."""

    def __init__(self, db: Database, runs: Runs, hub: Hub) -> None:
        self._db = db
        self._runs_found = runs
        self._hub = hub
        self._runs: dict[str, None] = {}
        self._steps: dict[str, None] = {}
        self._wake = asyncio.Event()

    def touch(self, *, runs: Iterable[str] = (), steps: Iterable[str] = ()) -> None:
        """These changed; whatever is beyond the limits is covered by `fleet.updated`."""
        if not self._hub.followed:
            return
        _add(self._runs, runs, RUNS_MAX)
        _add(self._steps, steps, STEPS_MAX)
        self._wake.set()

    async def tell(self) -> None:
        """Wait for changes and publish them."""
        await self._wake.wait()
        await asyncio.sleep(GATHER_S)
        self._wake.clear()
        runs, self._runs = list(self._runs), {}
        steps, self._steps = list(self._steps), {}
        for summary in await self._runs_found.find(runs):
            self._hub.publish("run.updated", summary.model_dump_json())
        async with self._db.read() as connection:
            found = await store.load_steps(connection, steps)
        for step in found.values():
            self._hub.publish("step.updated", show_step(step).model_dump_json())
        self._hub.publish("fleet.updated", "{}")


def _add(into: dict[str, None], ids: Iterable[str], most: int) -> None:
    for one in ids:
        if len(into) >= most:
            return
        into[one] = None
