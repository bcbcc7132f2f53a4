"""Recorded exchanges of real providers, replayed by an upstream: every byte passes, every token counts."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from holdfast.record import read_usage
from holdfast.record.models import CHAT, MESSAGES, Dialect, find_endpoint
from holdfast.record.models.parts import mapping, read_json
from holdfast_server.action.llm.config import Provider
from holdfast_server.action.llm.exchange.apis import find_path
from holdfast_server.action.llm.exchange.step import Step
from holdfast_server.action.llm.exchange.watching import Watch

SHARED = Path(__file__).parents[5] / "shared" / "data"
APIS: Any = ("chat", "responses", "messages", "gemini", "embeddings", "completions", "files")
PATHS = {
    "chat": "/v1/chat/completions",
    "responses": "/v1/responses",
    "messages": "/v1/messages",
    "completions": "/v1/completions",
    "embeddings": "/v1/embeddings",
}


def rows(name: str) -> Iterator[dict[str, Any]]:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"../shared/data/{name} is not here: recorded exchanges are not replayed")
    return (json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines())


@dataclass
class Recorded:
    """One exchange, as it goes over the wire."""

    id: str
    provider: str
    method: str
    path: str
    asked: bytes
    status: int
    media: str
    answered: bytes
    usage: dict[str, Any] | None

    def worker_of(self) -> tuple[str, str]:
        """Which calls share a worker: one that failed is not asked again for a while, so each is alone."""
        return self.provider, self.id if self.status >= 400 else ""

    @property
    def head(self) -> str:
        """What the client asks with; the id lets the upstream find the answer."""
        lines = (
            f"{self.method} {self.path} HTTP/1.1",
            "host: gateway",
            "content-type: application/json",
            f"content-length: {len(self.asked)}",
            f"x-api-key: {SECRET}",
            f"x-recorded: {self.id}",
        )
        return "\r\n".join(lines) + "\r\n\r\n"


SECRET = "hf-" + "a" * 46
COUNTED = b',"stream_options":{"include_usage":true}}'
"""What the gateway adds to a request whose stream would not say what it used."""


@cache
def exchanges() -> tuple[Recorded, ...]:
    """Every recorded exchange whose path is served, by its provider."""
    found = filter(None, map(_recorded, rows("http_exchanges/exchanges.jsonl.gz")))
    return tuple(sorted(found, key=Recorded.worker_of))


def _recorded(row: dict[str, Any]) -> Recorded | None:
    method, path = row["method"].upper(), _served(row)
    answer = row["response"]
    if path is None or answer["kind"] == "none":
        return None  # of a few recordings the answer is missing
    text, asked = answer["kind"] == "text", row["request"]["body"]
    if text and isinstance(asked, dict) and method == "POST" and not _streams(path, asked):
        return None  # one stream is recorded beside a request for none
    return Recorded(
        id=row["id"],
        provider=row["provider"],
        method=method,
        path=path,
        asked=b"" if asked is None else _bytes(asked),
        status=answer["status"],
        media="text/event-stream" if text else "application/json",
        answered=_bytes(answer["body"]),
        usage=row["usage_raw"],
    )


def _streams(path: str, asked: dict[str, Any]) -> bool:
    return asked.get("stream") is True or "streamGenerateContent" in path


def _served(row: dict[str, Any]) -> str | None:
    """The path here: a provider's own base path stands in its address."""
    where = find_endpoint(row["method"].upper(), row["path"])
    asks_by_body = where is not None and where.asks and isinstance(row["request"]["body"], dict)
    if asks_by_body and "model" in row["request"]["body"] and where is not None and where.api in PATHS:
        return PATHS[where.api]
    found = find_path(row["method"].upper().encode(), row["path"].encode())
    # What lies at a provider is no model's answer; the list of models is the gateway's own.
    return row["path"] if found is not None and found.work != "models" else None


def _bytes(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()


@dataclass
class Upstream:
    """Answers with what was recorded, in uneven pieces, on connections that stay."""

    known: dict[str, Recorded]
    asked: dict[str, bytes] = field(default_factory=dict[str, bytes])
    _server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Upstream:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                headers, body = await read_message(reader)
                one = self.known[headers[b"x-recorded"].decode()]
                self.asked[one.id] = body
                head = f"HTTP/1.1 {one.status} recorded\r\ncontent-type: {one.media}\r\n"
                writer.write(f"{head}transfer-encoding: chunked\r\n\r\n".encode())
                for piece in _uneven(one.answered):
                    writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                    await writer.drain()
                writer.write(b"0\r\n\r\n")
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def _uncounted(body: bytes) -> bytes:
    """A stream without the event that is sent only because the gateway asked for usage."""
    return b"".join(event for event in re.split(rb"(?<=\n\n)", body) if not _is_count(event))


def _is_count(event: bytes) -> bool:
    return CHAT.is_count(mapping(read_json(event.removeprefix(b"data:").strip())))


def _uneven(body: bytes) -> Iterator[bytes]:
    size = max(1, len(body) // 3 + 1)
    return (body[place : place + size] for place in range(0, len(body), size))


async def read_message(reader: asyncio.StreamReader) -> tuple[dict[bytes, bytes], bytes]:
    """Headers, with the first line under an empty name, and the body without its framing."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).rstrip().split(b"\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
    headers[b""] = first
    if headers.get(b"transfer-encoding") != b"chunked":
        return headers, await reader.readexactly(int(headers.get(b"content-length", b"0")))
    body = bytearray()
    while size := int(await reader.readline(), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readline()
    return headers, bytes(body)


@dataclass
class Replayed:
    """What came of one exchange."""

    recorded: Recorded
    status: int
    arrived: bytes
    """At the upstream."""
    answered: bytes
    """At the client."""
    step: Step


@pytest.fixture
async def replayed(run_worker: Callable[..., Any]) -> list[Replayed]:
    """All of them, one after the other, a provider at a time."""
    known = {one.id: one for one in exchanges()}
    found: list[Replayed] = []
    async with Upstream(known) as upstream:
        for (name, _), group in groupby(known.values(), key=Recorded.worker_of):
            provider = Provider(name, upstream.url, apis=APIS, secret="sk-up")
            async with run_worker(provider) as worker:
                port = int(worker.url.rpartition(":")[2])
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                with contextlib.closing(writer):
                    for one in group:
                        writer.write(one.head.encode() + one.asked)
                        headers, body = await read_message(reader)
                        status = int(headers[b""].split()[1])
                        assert worker.steps, f"{one.id} was not even tried: {status} {body[:200]!r}"
                        arrived = upstream.asked[one.id]
                        found.append(Replayed(one, status, arrived, body, worker.steps.pop()))
    return found


async def test_every_recorded_exchange_passes_byte_for_byte(replayed: list[Replayed]) -> None:
    for one in replayed:
        recorded = one.recorded
        assert one.status == recorded.status, recorded.id
        assert one.arrived in {recorded.asked, recorded.asked[:-1] + COUNTED}, recorded.id
        hides = one.arrived != recorded.asked
        assert one.answered == (_uncounted(recorded.answered) if hides else recorded.answered), recorded.id
    assert len(replayed) > 700
    _usage_is_counted(replayed)
    _costs_are_met(replayed)


def _usage_is_counted(replayed: list[Replayed]) -> None:
    """The tokens that are settled are those that the provider sent."""
    counted = 0
    for one in replayed:
        if one.recorded.status < 400 and one.recorded.usage:
            assert one.step.usage == read_usage(one.recorded.usage), one.recorded.id
            assert not one.step.estimated
            counted += 1
    assert counted > 600


def _costs_are_met(replayed: list[Replayed]) -> None:
    """What is settled is what two tables of prices agree on; searches of the web cost extra."""
    agreed = {row["exchange"]: row for row in rows("prices/expected_costs.jsonl.gz") if row.get("agree")}
    met = 0
    for one in replayed:
        row = agreed.get(one.recorded.id)
        if row is None or one.step.usage.searches:
            continue
        truth = float(row["genai_prices_usd"]) * 1e6
        assert one.step.cost_micro_usd == pytest.approx(truth, abs=1), one.recorded.id
        met += 1
    assert met > 400


@pytest.mark.parametrize(
    ("path", "dialect"), [("/chat/completions", CHAT), ("/messages", MESSAGES)], ids=["chat", "messages"]
)
def test_most_events_of_recorded_streams_may_pass_before_they_are_read(path: str, dialect: Dialect) -> None:
    passed = said = 0
    for row in rows("http_exchanges/exchanges.jsonl.gz"):
        body = row["response"].get("body")
        if not row["path"].endswith(path) or not isinstance(body, str):
            continue
        watch = Watch(dialect, {}, held=100_000, prolong=lambda _: True)
        for event in re.split(r"\r?\n\r?\n", body):
            piece = event.encode() + b"\n\n"
            before, credit = watch.said, watch.credit
            watch.feed(piece)
            if watch.said > before:
                said += 1
                passed += all(
                    (piece.startswith(credit.before), credit.within in piece, piece.endswith(credit.after))
                ) and bool(credit.before)
    assert said > 400
    assert passed > 0.8 * said, (passed, said)
