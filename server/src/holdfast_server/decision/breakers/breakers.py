"""The verbs: take in what processes report, show it, and let a person close one everywhere."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from holdfast.record import BreakerRecord
from holdfast_server.decision.breakers.breaker import Breaker, BreakerList, Report, Reported
from holdfast_server.decision.control.kills import Control
from holdfast_server.errors import NotFound
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.kit.hub import Hub
from holdfast_server.kit.wire import NS_PER_S
from holdfast_server.record.ledger.log import LOG, ServerLedger

PROCESSES_MAX: Final = 1_000
STALE_NS: Final = 120 * NS_PER_S
"""A process that has reported nothing for so long has gone, and its breakers with it."""
WORST_FIRST: Final = ("open", "half-open", "closed")


class Breakers:
    """What every process said last; kept in memory, because it is true for as long as it is reported."""

    def __init__(self, db: Database, ledger: ServerLedger, control: Control, hub: Hub, clock: Clock) -> None:
        self._db, self._ledger = db, ledger
        self._control, self._hub, self._clock = control, hub, clock
        self._resets: list[Callable[[str, str], None]] = []
        self._reports: OrderedDict[str, tuple[int, list[Reported]]] = OrderedDict()

    async def report(self, report: Report) -> None:
        """Take in what one process says, and write down what has changed since.

        Raises:
            Unavailable: it could not be written; nothing was taken in, so the next report says it again.
        """
        before = {(one.scope, one.name): one.state for one in self._reports.get(report.process, (0, []))[1]}
        now = self._clock()
        changed = [one for one in report.items if before.pop((one.scope, one.name), "closed") != one.state]
        leaves = [self._leaf(one, report.process, now) for one in changed]
        # What is not reported any more is closed, and has no failures since.
        leaves += [
            BreakerRecord(now, LOG, scope, name, "closed", report.process)
            for (scope, name), state in before.items()
            if state != "closed"
        ]
        await self._write(leaves)
        self._reports[report.process] = (now, report.items)
        self._reports.move_to_end(report.process)
        if len(self._reports) > PROCESSES_MAX:
            self._reports.popitem(last=False)
        for one in changed:
            self._hub.publish("breaker.updated", one.model_dump_json())

    def on_reset(self, told: Callable[[str, str], None]) -> None:
        """Have somebody in this process told, too, when a person closes a breaker."""
        self._resets.append(told)

    def all(self) -> BreakerList:
        """Every breaker that is not closed or has failures, the worst first."""
        found: dict[tuple[str, str], list[tuple[str, Reported]]] = {}
        for process, items in self._fresh():
            for one in items:
                found.setdefault((one.scope, one.name), []).append((process, one))
        merged = (_merge(reports) for reports in found.values())
        worst = sorted(merged, key=lambda one: (WORST_FIRST.index(one.state), one.scope, one.name))
        return BreakerList(items=worst)

    async def reset(self, scope: str, name: str, *, by: str) -> Breaker:
        """Have every process close it; the answer is how it stood.

        Raises:
            NotFound: no process reported such a breaker.
        """
        stood = next((one for one in self.all().items if (one.scope, one.name) == (scope, name)), None)
        if stood is None:
            told = f"no process has a breaker of the {scope} {name}"
            raise NotFound(told, hint="GET /v1/breakers lists them.")
        await self._write([BreakerRecord(self._clock(), LOG, scope, name, "reset", "", by)])
        said = msgspec.json.encode({"scope": scope, "name": name, "by": by})
        self._control.tell("breaker", said.decode())
        for tell in self._resets:
            tell(scope, name)
        return stood

    async def _write(self, leaves: Sequence[BreakerRecord]) -> None:
        if leaves:
            async with self._db.write() as connection:
                for leaf in leaves:
                    await self._ledger.add_own(connection, leaf)

    def _leaf(self, one: Reported, process: str, now: int) -> BreakerRecord:
        reason = self._ledger.commit(f"{process}:{one.scope}:{one.name}", "reason", one.reason)
        return BreakerRecord(now, LOG, one.scope, one.name, one.state, process, reason_commit=reason)

    def _fresh(self) -> list[tuple[str, list[Reported]]]:
        oldest = self._clock() - STALE_NS
        return [(process, items) for process, (at_ns, items) in self._reports.items() if at_ns >= oldest]


def _merge(reports: list[tuple[str, Reported]]) -> Breaker:
    """One breaker of several processes as one."""
    worst = min((one for _, one in reports), key=lambda one: WORST_FIRST.index(one.state))
    return Breaker(
        scope=worst.scope,
        name=worst.name,
        state=worst.state,
        failures=sum(one.failures for _, one in reports),
        opened_at=min((one.opened_at for _, one in reports if one.opened_at), default=None),
        retry_at=min((one.retry_at for _, one in reports if one.retry_at), default=None),
        reason=worst.reason,
        processes=sorted(process for process, one in reports if one.state != "closed"),
    )
