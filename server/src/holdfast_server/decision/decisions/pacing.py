"""Breakers, rates and polls of the sessions that are judged here: as in the guard of any process."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from holdfast.action import Action
from holdfast.decision import Bundle
from holdfast.decision.breakers import Result
from holdfast.decision.detectors.track import COUNTED
from holdfast.decision.permits import PermitAsks, Permits, Taking
from holdfast.decision.rates import RateTerms, Wanted, rates_of
from holdfast.decision.traffic import Stopped, Traffic, too_often
from holdfast.record import OutcomeRecord
from holdfast_server.decision.breakers.breaker import Report, Reported
from holdfast_server.decision.breakers.breakers import Breakers
from holdfast_server.decision.decisions.acting import contract_of
from holdfast_server.decision.rates.rates import Rates

REPORT_S: Final = 1.0
LATE_NS: Final = 100_000_000
RAN: Final = frozenset({"done", "failed"})


class Pacing:
    """Asked after a call was allowed, told what came of it; one caller at a time."""

    def __init__(self, rates: Rates, breakers: Breakers, process: str) -> None:
        self._rates, self._breakers, self._process = rates, breakers, process
        self._traffic = Traffic()
        self._permits = Permits()
        self._told: list[object] = []
        breakers.on_reset(self._reset)

    async def admit(self, action: Action, bundle: Bundle) -> Stopped | None:
        """Let a call go, or say why it does not go out now."""
        contract = contract_of(action, bundle)
        if contract is not None and contract.polling is not None:
            stopped = self._traffic.pace(action, contract.polling, time.monotonic_ns())
            if stopped is not None:
                return stopped
        own = contract.rate if contract is not None else None
        if not (self._traffic.troubled or bundle.rates or own) or action.kind not in COUNTED:
            return None
        stopped = self._traffic.pass_breakers(action, bundle, time.monotonic_ns())
        rates = (*bundle.rates, RateTerms("tool", own.calls, own.per_s)) if own is not None else bundle.rates
        wanted = rates_of(rates, action.kind, action.target, action.actor.agent)
        if stopped is not None or not wanted:
            return stopped
        taking = await self._take(wanted)
        if taking.state == "granted":
            return None
        self._traffic.release(action, bundle)
        return too_often(taking.rate or wanted[0], taking.wait_ns or LATE_NS)

    def release(self, action: Action, bundle: Bundle) -> None:
        """A call that was let go is not made."""
        self._traffic.release(action, bundle)

    def settle(self, action: Action, bundle: Bundle, outcome: OutcomeRecord, began_ns: int) -> None:
        """Count what came of a call that went out; a refusal is no failure of the tool."""
        if outcome.status not in RAN:
            return
        error = outcome.error_class or ("failed" if outcome.status == "failed" else "")
        result = Result(error, max(0, outcome.at_ns - began_ns), action.run)
        self._traffic.settle(action, bundle, result, time.monotonic_ns())

    async def report(self) -> None:
        """Show the breakers beside those of the other processes, when there is anything new to say."""
        shown = self._traffic.snapshot(time.monotonic_ns(), time.time_ns())
        if shown or self._told:
            items = [Reported.model_validate(one) for one in shown]
            await self._breakers.report(Report(process=self._process, items=items))
        self._told = list(shown)

    def _reset(self, scope: str, name: str) -> None:
        self._traffic.reset(scope, name)

    async def _take(self, wanted: Sequence[Wanted]) -> Taking:
        """Permits of a call: from what is there, else counted anew."""
        sent_ns = time.monotonic_ns()
        taking = self._permits.take(wanted, sent_ns)
        if taking.state != "short":
            return taking
        short = self._permits.short(wanted, sent_ns)
        asks = tuple(self._permits.ask(one, sent_ns) for one in short)
        answer = await self._rates.permit(PermitAsks(self._process, asks))
        now_ns = time.monotonic_ns()
        for one, permit in zip(short, answer.permits, strict=True):
            self._permits.take_in(one, permit, sent_ns=sent_ns, now_ns=now_ns)
        return self._permits.take(wanted, now_ns)
