"""A worker of the gateway in this process: the real exchange behind the real wire, on a port of its own."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from holdfast.decision import Source
from holdfast.decision.budgets import BudgetTerms
from holdfast.decision.budgets.exchange import AccountRow, Ask, Borrower, Exchange, LeaseRow
from holdfast.record import OutcomeRecord, decode_leaf
from holdfast.record.ledger.reader import Reader
from holdfast_server.action.llm.config import Key, Limits, Provider, Snapshot, digest_key
from holdfast_server.action.llm.exchange.governor import Gateway
from holdfast_server.action.llm.exchange.step import Step
from holdfast_server.action.llm.messages import Answered, Lent, Start, Used
from holdfast_server.action.llm.wire.door import Door

SECRET = "hf-" + "a" * 46
ALLOW = '@id("models") permit (principal, action == Action::"holdfast:model", resource);'
AGENTS = 'agents: {"*": {}}'
TTL_S = 60.0


@dataclass
class Bank:
    """Lends from budgets kept in memory, as the control plane does from its tables; people never answer."""

    terms: Mapping[str, BudgetTerms] = field(default_factory=dict[str, BudgetTerms])
    accounts: dict[str, AccountRow] = field(default_factory=dict[str, AccountRow])
    leases: dict[str, LeaseRow] = field(default_factory=dict[str, LeaseRow])
    asked: int = 0
    answer: Callable[[dict[str, Any]], Answered] | None = None

    async def lend(self, borrower: Borrower, asks: tuple[Ask, ...]) -> Lent:
        self.asked += 1
        await asyncio.sleep(0)
        exchange = Exchange(
            borrower, asks, self.terms,
            now_ns=1, expires_ns=10**18, new_id=lambda: f"lea_{len(self.leases) + 1:016x}",
        )  # fmt: skip
        named = [self.leases[one] for one in exchange.lease_ids if one in self.leases]
        accounts = {row.id: self.accounts.setdefault(row.id, row) for row in exchange.accounts(named)}
        out = [one for one in self.leases.values() if one.account in accounts and one.state == "open"]
        answers = exchange.run(accounts, named, out)
        self.leases |= {one.id: one for one in exchange.changed_leases}
        return Lent(0, answers, TTL_S)

    async def ask_person(self, request: dict[str, Any], wait_s: float) -> Answered:
        del wait_s
        return self.answer(request) if self.answer else Answered(0, "pending")

    async def use_approval(self, approval: str, digest: str, step: str) -> Used:
        del approval, digest, step
        return Used(0, ok=True)

    @property
    def spent(self) -> int:
        return sum(one.spent for one in self.accounts.values())


@dataclass
class Worker:
    """One that runs, and what it did."""

    url: str
    gateway: Gateway
    door: Door
    bank: Bank
    folder: Path
    snapshot: Snapshot

    def move(self, *providers: Provider) -> None:
        """Go by other providers from now on."""
        self.gateway.configure(msgspec.structs.replace(self.snapshot, providers=providers))

    @property
    def steps(self) -> list[Step]:
        """Calls that ended, oldest first."""
        return self.gateway.ended

    @property
    def spent_steps(self) -> list[int]:
        """What every call cost that ended, as the ledger has it."""
        leaves = Reader(self.gateway.folder).records(0, 10_000)
        found = [decode_leaf(leaf) for _, leaf in leaves]
        return [one.cost_micro_usd or 0 for one in found if isinstance(one, OutcomeRecord)]

    def client(self, **headers: str) -> httpx.AsyncClient:
        said = {"authorization": f"Bearer {SECRET}", **headers}
        return httpx.AsyncClient(base_url=self.url, headers=said, timeout=20)

    def request(self, path: str, body: dict[str, Any]) -> bytes:
        """A request as it travels."""
        sent = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {SECRET}\r\n"
        return f"{head}content-type: application/json\r\ncontent-length: {len(sent)}\r\n\r\n".encode() + sent

    async def settled(self, count: int) -> list[Step]:
        """Wait until so many calls have ended."""
        async with asyncio.timeout(10):
            while len(self.steps) < count:  # noqa: ASYNC110 - nobody tells of an end
                await asyncio.sleep(0.005)
        return self.steps


Run = Callable[..., AbstractAsyncContextManager[Worker]]


@pytest.fixture
def run_worker(tmp_path: Path) -> Run:
    @asynccontextmanager
    async def run(
        *providers: Provider,
        cedar: str = ALLOW,
        yaml: str = AGENTS,
        budgets: Sequence[BudgetTerms] = (),
        keys: Sequence[Key] | None = None,
        bank: Bank | None = None,
        limits: Limits | None = None,
        **more: Any,
    ) -> AsyncIterator[Worker]:
        bank = bank or Bank()
        bank.terms = {one.id: one for one in budgets}
        start = Start("w0", "127.0.0.1", 0, str(tmp_path / "w0"), str(tmp_path / "keys" / "ledger.ed25519"))
        gateway = Gateway(start, bank)
        snapshot = Snapshot(
            1,
            keys=tuple(keys) if keys is not None else (Key("key_1", digest_key(SECRET), "bot"),),
            providers=providers,
            sources=(Source("rules.cedar", cedar, "cedar"), Source("rules.yaml", yaml, "yaml")),
            budgets=tuple(budgets),
            limits=limits or Limits(),
            **more,
        )
        gateway.configure(snapshot)
        door = Door(gateway, limits=snapshot.limits, loop=asyncio.get_running_loop())
        listening = socket.create_server(("127.0.0.1", 0))
        await door.open(listening)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            yield Worker(url, gateway, door, bank, tmp_path / "w0", snapshot)
        finally:
            door.close()
            await gateway.close()

    return run


class RawUpstream:
    """A provider that sends exactly these bytes: each piece by itself, then the connection ends or stays."""

    def __init__(self, pieces: Sequence[bytes], *, stays: bool = False) -> None:
        self.pieces, self.stays = list(pieces), stays
        self.bodies: list[bytes] = []
        self.left = asyncio.Event()
        """Set when a client closes while it is still being answered."""
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> RawUpstream:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            lines = (line.lower().partition(b":") for line in head.split(b"\r\n"))
            length = next((int(value) for name, _, value in lines if name == b"content-length"), 0)
            self.bodies.append(await reader.readexactly(length))
            for piece in self.pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
            if self.stays:
                await reader.read()
                self.left.set()
        except (ConnectionError, asyncio.IncompleteReadError):
            self.left.set()
        finally:
            writer.close()


@pytest.fixture
def raw_upstream() -> type[RawUpstream]:
    return RawUpstream
