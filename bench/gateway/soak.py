"""A worker of the gateway among providers that break and clients that leave, for as long as one likes.

    python -m bench.gateway.soak --seconds 600

Afterwards no call, no connection and no file may be left, memory may not have grown, every call that was
asked must have ended, and where the provider reported usage the gateway's books must say the very same.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import socket
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

import uvloop
from bench.gateway.faulty import TOKENS_IN, Provider
from bench.gateway.processes import memory_mb

from holdfast.decision import Source
from holdfast_server.action.llm.config import Behaviour, Key, Snapshot, digest_key
from holdfast_server.action.llm.config import Provider as Terms
from holdfast_server.action.llm.messages import (
    SOCKET_ENV,
    Configure,
    Controlled,
    Drain,
    Failed,
    Frames,
    Lend,
    Lent,
    LiveCall,
    Message,
    Ready,
    Start,
    Stats,
    pack,
    read_from_worker,
)

SECRET: Final = "hf-" + "b" * 46
CLIENTS: Final = 24
PACE: Final = 120.0
"""Calls a second: the worker tells of the latest 200 every second."""
RULES: Final = '@id("models") permit (principal, action == Action::"holdfast:model", resource);'
MODELS: Final = 16
"""Each has a breaker of its own."""
PRICE: Final = {"model": "mock-*", "input": 1.0, "output": 1.0}
PROMPT: Final = "word " * TOKENS_IN
QUIET_S: Final = 8.0
GROWTH_MB: Final = 12.0
WARM_PART: Final = 0.3
WARM_CALLS: Final = 10_000
"""Before so many, remembered sessions still grow towards their limit."""


class Supervised:
    """A worker process, and what it tells."""

    def __init__(self) -> None:
        self.port = 0
        self.stats = Stats()
        self.ended: dict[str, LiveCall] = {}
        """Every step that ended, by its id."""
        self.ready = asyncio.Event()

    async def start(self, folder: Path, snapshot: Snapshot) -> None:
        """Start it and wait until it serves."""
        ours, theirs = socket.socketpair()
        theirs.set_inheritable(True)
        environ = {**os.environ, SOCKET_ENV: str(theirs.fileno())}
        program = (sys.executable, "-m", "holdfast_server.action.llm.worker")
        self.process = await asyncio.create_subprocess_exec(
            *program, pass_fds=(theirs.fileno(),), env=environ
        )
        theirs.close()
        self._reader, self._writer = await asyncio.open_connection(sock=ours)
        self.tell(Start("w0", "127.0.0.1", 0, str(folder / "w0"), str(folder / "keys" / "ledger.ed25519")))
        self.tell(Configure(snapshot))
        self.tell(Controlled(frozenset()))
        self._listening = asyncio.create_task(self._listen())
        await asyncio.wait_for(self.ready.wait(), 60)

    def tell(self, message: Message) -> None:
        """Say something to it."""
        self._writer.write(pack(message))

    async def stop(self) -> int:
        """Let it leave; its exit code."""
        self.tell(Drain(2.0))
        return await asyncio.wait_for(self.process.wait(), 20)

    @property
    def files(self) -> int:
        """Open descriptors."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    async def _listen(self) -> None:
        frames = Frames()
        while data := await self._reader.read(262_144):
            for body in frames.feed(data):
                match read_from_worker(body):
                    case Ready(port=port):
                        self.port = port
                        self.ready.set()
                    case Failed(reason=reason):
                        raise RuntimeError(reason)
                    case Lend(ask=ask):
                        self.tell(Lent(ask, None))
                    case Stats() as stats:
                        self._take(stats)
                    case _:
                        pass

    def _take(self, stats: Stats) -> None:
        self.stats = stats
        self.tell(Controlled(frozenset()))
        for call in stats.calls:
            if call.state not in {"sending", "streaming", "waiting", "asked"}:
                self.ended[call.id] = call


class Clients:
    """Ask, and now and then leave before the end."""

    def __init__(self, port: int, chance: random.Random) -> None:
        self._port, self._chance = port, chance
        self.left: set[str] = set()
        """Runs whose client went away."""
        self.asked: set[str] = set()
        self.outcomes: Counter[str] = Counter()

    @property
    def calls(self) -> int:
        """How many were made."""
        return len(self.asked) + len(self.left)

    async def run(self, until: float) -> None:
        """One client after another, at a steady pace."""
        while time.monotonic() < until:
            begun = time.monotonic()
            run = f"{self._chance.getrandbits(128):032x}"
            try:
                async with asyncio.timeout(20):
                    outcome = await self._one(run)
            except TimeoutError:
                outcome = "STUCK"
            except (OSError, asyncio.IncompleteReadError):
                outcome = "cut"
            self.outcomes[outcome] += 1
            await asyncio.sleep(max(0.0, CLIENTS / PACE - (time.monotonic() - begun)))

    async def _one(self, run: str) -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            streamed = self._chance.random() < 0.6
            writer.write(self._request(run, streamed=streamed))
            if self._chance.random() < 0.1:
                self.left.add(run)
                await asyncio.sleep(self._chance.random() * 0.05)
                return "left"
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 503 "):  # while a breaker is open nobody is asked
                self.asked.add(run)
            body = await reader.read(-1)
            if b"chunked" in head and not body.endswith(b"0\r\n\r\n"):
                return "not well-formed"
            return head[9:12].decode()
        finally:
            writer.transport.abort()

    def _request(self, run: str, *, streamed: bool) -> bytes:
        model = f"mock-{self._chance.randrange(MODELS)}"
        said: dict[str, Any] = {"model": model, "user": run, "max_tokens": 30_000}
        said["messages"] = [{"role": "user", "content": PROMPT}]
        if streamed:
            said |= {"stream": True, "stream_options": {"include_usage": True}}
        body = json.dumps(said).encode()
        head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {SECRET}\r\n"
        head += f"x-holdfast-run: {run}\r\nconnection: close\r\ncontent-length: {len(body)}\r\n\r\n"
        return head.encode() + body


async def soak(seconds: float, seed: int, folder: Path) -> dict[str, Any]:
    """Everything that was seen."""
    provider, worker = Provider(random.Random(seed)), Supervised()
    server = await asyncio.start_server(provider.serve, "127.0.0.1", 0, limit=2**20)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    terms = Terms("mock", url, secret="sk-x", first_byte_s=5.0, idle_s=4.0, connections_max=64)
    sources = (Source("rules.cedar", RULES, "cedar"), Source("rules.yaml", "agents: {'*': {}}", "yaml"))
    key = Key("key_1", digest_key(SECRET), "soaked")
    behaviour = Behaviour(drain_s=2.0)
    snapshot = Snapshot(
        1, keys=(key,), providers=(terms,), sources=sources, prices=(PRICE,), behaviour=behaviour
    )
    await worker.start(folder, snapshot)
    files = worker.files
    clients = Clients(worker.port, random.Random(seed + 1))
    warm = await _load(clients, max(5.0, seconds * WARM_PART), worker)
    warm_calls = clients.calls
    grown = await _load(clients, seconds * (1 - WARM_PART), worker) - warm
    await asyncio.sleep(QUIET_S)
    found = {
        "asked": clients.calls,
        "warm_after": warm_calls,
        "outcomes": dict(clients.outcomes),
        "warm_mb": round(warm, 1),
        "grown_mb": round(grown, 1),
        "left": {
            "connections": worker.stats.connections,
            "streams": worker.stats.streams,
            "files": worker.files - files,
        },
        "money": compare(provider, worker, clients),
    }
    found["exit"] = await worker.stop()
    server.close()
    return found


async def _load(clients: Clients, seconds: float, worker: Supervised) -> float:
    until = time.monotonic() + seconds
    await asyncio.gather(*(clients.run(until) for _ in range(CLIENTS)))
    await asyncio.sleep(2.0)
    return memory_mb([worker.process.pid], "Pss_Anon")


def compare(provider: Provider, worker: Supervised, clients: Clients) -> dict[str, Any]:
    """The two books, call by call."""
    ours: dict[str, list[LiveCall]] = {}
    for call in worker.ended.values():
        ours.setdefault(call.run, []).append(call)
    wrong: list[str] = []
    exact = missing = produced = counted = 0
    for run in clients.asked:
        entry, calls = provider.books.get(run), ours.get(run)
        if calls is None:
            missing += 1
            continue
        tokens = sum(call.tokens_out or 0 for call in calls)
        if entry is None or entry.tries > 1:
            continue
        if entry.reported is None:
            produced, counted = produced + entry.tokens, counted + tokens
        elif tokens == entry.reported and sum(call.tokens_in or 0 for call in calls) == TOKENS_IN:
            exact += 1
        else:
            wrong.append(f"{entry.fault}: said {entry.reported}, booked {tokens} ({calls[0].state})")
    cut = {"produced": produced, "counted": counted}
    return {
        "exact": exact,
        "wrong": len(wrong),
        "examples": wrong[:10],
        "missing": missing,
        "unreported": cut,
    }


def verdict(found: dict[str, Any]) -> list[str]:
    """What must not be."""
    money, left, outcomes = found["money"], found["left"], found["outcomes"]
    checks = {
        "a client was stuck": outcomes.get("STUCK", 0),
        "a stream did not end well-formed": outcomes.get("not well-formed", 0),
        "the books differ": money["wrong"],
        "calls were not recorded": money["missing"],
        "what was produced was not booked": money["unreported"]["counted"] < money["unreported"]["produced"],
        "calls are still under way": left["streams"] + left["connections"],
        "files are left open": max(0, left["files"] - 64),  # kept upstream connections
        "memory grew": found["warm_after"] > WARM_CALLS and found["grown_mb"] > GROWTH_MB,
        "it did not leave": found["exit"],
    }
    return [what for what, bad in checks.items() if bad]


def main() -> int:
    """Soak and judge."""
    parser = argparse.ArgumentParser(prog="python -m bench.gateway.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        found = uvloop.run(soak(options.seconds, options.seed, Path(folder)))
    print(json.dumps(found, indent=1))
    wrong = verdict(found)
    print("\n".join(wrong) or "nothing wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
