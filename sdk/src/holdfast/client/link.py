"""The line to the control plane: policies and switches come in over it, questions to people go out.

Whatever the server does — not there, slow, answering garbage, flooding — the agent goes on under its last
good bundle, and nothing here raises into it. What an unreachable server can allow is bounded by the lease.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from holdfast.action import Contract
from holdfast.client.approvals import Approval, ApprovalRequest
from holdfast.client.calls import Calls
from holdfast.client.control import Event, Kill, Kills, SwitchBoard, read_events
from holdfast.client.lender import Lent
from holdfast.client.served import LastServed, Served
from holdfast.client.wire import Endpoint
from holdfast.decision import Controls, Unattended
from holdfast.decision.budgets import BudgetTerms
from holdfast.decision.budgets.exchange import Ask, Borrower
from holdfast.decision.permits import PermitAsk, Permitted
from holdfast.record import Process
from holdfast.record.bundles import KeptBundle

State = Literal["off", "connected", "away"]

LEASE_S: Final = 60.0
WAIT_MAX_S: Final = 30.0
CHORES_INTERVAL_S: Final = 30.0
BUNDLES_MAX: Final = 16
"""Bundles that wait to be handed over; more are only kept in the data folder."""
_is_id = re.compile(r"[A-Za-z0-9_-]{1,64}").fullmatch
_log = logging.getLogger(__name__)


class Link:
    """One for a guard; without an endpoint it is off, and gives to every question the answer of no server."""

    def __init__(
        self,
        endpoint: Endpoint | None,
        process: Callable[[], Process],
        *,
        cache: Path | None = None,
        lease_s: float = LEASE_S,
        unattended: Unattended = "reversible",
        on_bundle: Callable[[Served], None] | None = None,
        on_budgets: Callable[[], None] | None = None,
    ) -> None:
        """Set up the line; `start` opens it.

        Args:
            endpoint: the server; None for none.
            process: who asks; asked again in the child of a fork.
            cache: where the last good bundle and the kills in force are kept for the next start.
            lease_s: for how long a server that went away has lent its authority.
            unattended: what goes on after that.
            on_bundle: told, on a thread of the link, when the server serves other policies than before.
            on_budgets: told, likewise, when somebody changed a budget.
        """
        self._endpoint = endpoint
        self._process = process
        self._last = LastServed(cache / "bundle.json" if cache else None)
        self._on_bundle = on_bundle
        self._board = SwitchBoard(cache, lease_s=lease_s if endpoint else None, unattended=unattended)
        self._on_budgets = on_budgets
        self._agents: dict[str, dict[str, Any]] = {}
        self._shown: Callable[[], list[dict[str, Any]]] = list
        self._on_reset: Callable[[str, str], object] = lambda _scope, _name: None
        self._told_breakers = False
        self._tools: dict[str, Contract] = {}
        self._told: dict[str, Contract] = {}
        self._reset()
        reference = weakref.WeakMethod(self._after_fork)
        os.register_at_fork(after_in_child=lambda: (method := reference()) and method())

    @property
    def controls(self) -> Controls:
        """The switches in force; cheap enough to read before every action."""
        return self._board.controls

    @property
    def state(self) -> State:
        """Whether the server is there."""
        if self._calls is None:
            return "off"
        return "connected" if self._connected else "away"

    def start(self) -> None:
        """Open the line in the background."""
        if self._calls is None or self._threads:
            return
        for name, work in (("control", self._listen), ("chores", self._do_chores)):
            thread = threading.Thread(target=work, name=f"holdfast-{name}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        """Hang up; twice is the same as once."""
        self._stop.set()
        self._wake.set()
        if self._calls is None:
            return
        self._calls.interrupt()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(1.0)
        self._calls.close()

    def bundle(self) -> Served | None:
        """The policies the server serves now, else the last good ones it served, else None."""
        if self._calls is None:
            return None
        return self._fetch_bundle() or self._last.recall()

    @property
    def budgets(self) -> tuple[BudgetTerms, ...] | None:
        """The budgets there are, as the server said last; None when there is no server that ever did."""
        return self._board.budgets

    def fetch_budgets(self) -> None:
        """Ask which budgets there are, instead of waiting to be told."""
        reply = self._calls.request("GET", "/v1/budgets/terms") if self._calls else None
        self._note_contact(reply is not None)
        if reply is not None and reply.status == 200:
            self._board.set_budgets(reply.body)

    def exchange(self, borrower: Borrower, asks: Sequence[Ask]) -> Lent | None:
        """Report what was used of budgets, and take what is needed; None when nobody answers."""
        if self._calls is None:
            return None
        body = {**msgspec.to_builtins(borrower), "asks": [msgspec.to_builtins(ask) for ask in asks]}
        reply = self._calls.request("POST", "/v1/budgets/leases", body)
        self._note_contact(reply is not None)
        return reply.read(Lent) if reply is not None and reply.status == 200 else None

    @property
    def counts(self) -> bool:
        """Whether there is a server that counts for all processes."""
        return self._calls is not None

    def permit(self, asks: Sequence[PermitAsk]) -> Permitted | None:
        """A permit of each rate that a call counts in, or of none; None when nobody answers."""
        if self._calls is None:
            return None
        body = {"process": self._me.id, "asks": [msgspec.to_builtins(ask) for ask in asks]}
        reply = self._calls.request("POST", "/v1/rates/permits", body)
        self._note_contact(reply is not None)
        return reply.read(Permitted) if reply is not None and reply.status == 200 else None

    def accept_hand_off(self, nonce: str, expires_ns: int) -> bool | None:
        """Whether a hand-off is accepted for the first time, wherever that is; None when nobody answers."""
        if self._calls is None:
            return None
        body = {"nonce": nonce, "expires_ns": expires_ns, "process": self._me.id}
        reply = self._calls.request("POST", "/v1/delegations/accept", body)
        self._note_contact(reply is not None)
        if reply is None or reply.status >= 500 or reply.status == 404:
            return None
        return reply.status == 204

    def settle_leases(self, log: str, size: int) -> bool:
        """Have the leases of a dead process settled by its ledger, which the server has whole."""
        if self._calls is None:
            return False
        reply = self._calls.request("POST", "/v1/budgets/leases/settle", {"log": log, "size": size})
        # A server that knows no budgets has nothing to settle.
        return reply is not None and reply.status in {200, 404}

    def register(
        self,
        *,
        agents: Iterable[dict[str, Any]] = (),
        tools: Iterable[Contract] = (),
        told: Iterable[Contract] = (),
    ) -> None:
        """Tell the server which agents and tools there are, as soon as it is there.

        Args:
            agents: as they introduce themselves.
            tools: the contracts that count.
            told: what tools say of themselves where a policy file says otherwise.
        """
        self._agents.update({str(agent.get("agent", "")): agent for agent in agents})
        self._tools.update({tool.tool: tool for tool in tools})
        self._told.update({tool.tool: tool for tool in told})
        self._registered = False
        self._wake.set()

    def share_breakers(
        self, show: Callable[[], list[dict[str, Any]]], reset: Callable[[str, str], object]
    ) -> Callable[[], None]:
        """Let the server see the breakers of this process, and close one of them.

        Args:
            show: every breaker that is not closed or has failures.
            reset: closes the breaker of a scope and a name.

        Returns:
            What to call when one of them opened or closed.
        """
        self._shown, self._on_reset = show, reset
        return self._wake.set

    def keep_bundle(self, bundle: KeptBundle) -> None:
        """Let the server have the rules that judge here, so that it can explain their decisions."""
        if self._calls is not None and len(self._bundles) < BUNDLES_MAX:
            self._bundles.append(bundle)
            self._wake.set()

    def ask(self, request: ApprovalRequest, *, key: str = "") -> Approval | None:
        """Put a question to people; None when the server cannot take it, and then nobody will answer.

        Asking twice under one key is the same as once; the key is the step's id when none is given.
        """
        headers = {"idempotency-key": key or request.step}
        return self._approval("POST", "/v1/approvals", request, headers=headers)

    def answer(self, approval: str, wait_s: float) -> Approval | None:
        """The question as it stands after waiting up to `wait_s` for an answer; None when unknown."""
        wait_s = max(0.0, min(wait_s, WAIT_MAX_S))
        if self._calls is None or not _is_id(approval):
            return None
        self._stop.wait(min(self._calls.pause_s, wait_s))
        return self._approval("GET", f"/v1/approvals/{approval}?wait_s={wait_s:.0f}", wait_s=wait_s)

    def use(self, approval: str, digest: str, step: str) -> bool:
        """Spend an approval on exactly this action; only True lets it run."""
        if not _is_id(approval):
            return False
        used = self._approval("POST", f"/v1/approvals/{approval}/use", {"digest": digest, "step": step})
        return used is not None and used.state == "used"

    def _approval(self, method: str, path: str, body: Any = None, **options: Any) -> Approval | None:
        if self._calls is None:
            return None
        reply = self._calls.request(method, path, body, **options)
        self._note_contact(reply is not None)
        if reply is None or not 200 <= reply.status < 300:
            return None
        return reply.read(Approval)

    def _reset(self) -> None:
        self._calls = Calls(self._endpoint) if self._endpoint else None
        self._me = self._process()
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._threads: list[threading.Thread] = []
        self._connected = False
        self._registered = True
        self._bundle_due = False
        self._sightings: list[tuple[str, float]] = []
        self._bundles: deque[KeptBundle] = deque()

    def _after_fork(self) -> None:
        running = bool(self._threads) and not self._stop.is_set()
        self._reset()
        self._registered = not (self._agents or self._tools)
        if running:
            self.start()

    def _note_contact(self, there: bool) -> None:
        self._connected = there
        if there:
            self._board.heard()

    # The control stream

    def _listen(self) -> None:
        """Keep the control stream open, for as long as the process lives."""
        calls = self._calls
        assert calls is not None, "only a link with an endpoint is started"
        while not self._stop.is_set():
            try:
                with calls.stream(f"/v1/control?process={self._me.id}") as chunks:
                    self._note_contact(True)
                    self._registered = not (self._agents or self._tools)
                    self._bundle_due = True
                    self._wake.set()
                    for event in read_events(self._hearing(chunks)):
                        self._take(event)
            except Exception as error:  # noqa: BLE001  # whatever broke the stream, try again
                _log.debug("holdfast: the control stream ended: %r", error, exc_info=True)
            self._connected = False
            calls.lost()
            self._stop.wait(calls.pause_s)

    def _hearing(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Whatever arrives, a ping most of all, renews the lease."""
        for chunk in chunks:
            self._note_contact(True)
            yield chunk

    def _take(self, event: Event) -> None:
        if event.name == "kills":
            try:
                kills = msgspec.json.decode(event.data, type=Kills)
            except msgspec.DecodeError as error:
                _log.warning("holdfast: the server sent kills that cannot be read: %s", error)
                return
            self._sightings += [(kill.id, _age_ms(kill)) for kill in self._board.apply(kills)]
        elif event.name == "bundle":
            self._bundle_due = True
        elif event.name == "breaker":
            self._reset_breaker(event.data)
        elif event.name == "budgets":
            if self._board.set_budgets(event.data) and self._on_budgets is not None:
                self._on_budgets()
            return
        else:
            return
        self._wake.set()

    # Chores

    def _do_chores(self) -> None:
        """What may take a while: policies that changed, kills to confirm, contracts to announce."""
        while not self._stop.is_set():
            self._wake.wait(CHORES_INTERVAL_S)
            self._wake.clear()
            if self._stop.is_set() or not self._connected:
                continue
            try:
                self._confirm_kills()
                self._refresh_bundle()
                self._announce()
                self._hand_over_bundles()
                self._tell_breakers()
            except Exception:  # noqa: BLE001  # logged, and tried again
                _log.exception("holdfast: a chore of the link failed; it will be tried again")

    def _reset_breaker(self, data: bytes) -> None:
        """Somebody closed a breaker for every process."""
        try:
            named = msgspec.json.decode(data, type=dict[str, str])
        except msgspec.DecodeError as error:
            _log.warning("holdfast: the server named a breaker that cannot be read: %s", error)
            return
        self._on_reset(named.get("scope", ""), named.get("name", ""))

    def _tell_breakers(self) -> None:
        """Say how the breakers stand, for as long as there is anything to say of them, and once when not."""
        shown = self._shown()
        if self._calls is not None and (shown or self._told_breakers):
            reply = self._calls.request("POST", "/v1/breakers", {"process": self._me.id, "items": shown})
            self._told_breakers = bool(shown) or reply is None

    def _confirm_kills(self) -> None:
        calls = self._calls
        while calls is not None and self._sightings:
            kill, latency_ms = self._sightings.pop(0)
            seen = {"process": self._me.id, "kill": kill, "latency_ms": latency_ms}
            calls.request("POST", "/v1/control/seen", seen)

    def _refresh_bundle(self) -> None:
        if not self._bundle_due:
            return
        before = self._last.policies
        fresh = self._fetch_bundle()
        if fresh is None:
            return
        self._bundle_due = False
        if self._on_bundle is not None and (before is None or before.hash != fresh.hash):
            self._on_bundle(fresh)

    def _announce(self) -> None:
        if self._registered or self._calls is None:
            return
        self._registered = True  # before the lists are read: what is registered while they travel asks again
        body = {"agents": list(self._agents.values()), "tools": list(self._tools.values())}
        if self._told:
            body["told"] = list(self._told.values())
        reply = self._calls.request("POST", "/v1/registry", body)
        if reply is None or reply.status >= 300:
            self._registered = False

    def _hand_over_bundles(self) -> None:
        while self._bundles and self._calls is not None:
            reply = self._calls.request("POST", "/v1/bundles", self._bundles[0])
            if reply is None or reply.status >= 500:
                return  # away, or busy: the next chore tries again
            self._bundles.popleft()

    def _fetch_bundle(self) -> Served | None:
        """Ask for the policies; None when there is no answer worth trusting."""
        if self._calls is None:
            return None
        reply = self._calls.request("GET", "/v1/bundle", headers=self._last.headers)
        self._note_contact(reply is not None)
        return self._last.read(reply) if reply is not None else None


def _age_ms(kill: Kill) -> float:
    """How long ago a kill was placed; 0 when it does not say."""
    try:
        placed = datetime.fromisoformat(kill.at).timestamp()
    except ValueError:
        return 0.0
    return round(max(0.0, time.time() - placed) * 1000, 3)
