"""A streaming upstream that is not the bottleneck, and a client that tells what is added to every chunk.

Each chunk carries the time it was sent, so the delay that lies between is computed without keeping state.

    python -m bench.gateway.streaming serve --port 18102 --chunks 100 --interval-ms 50
    python -m bench.gateway.streaming load --url http://127.0.0.1:18102/v1/chat/completions --streams 200
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import json
import re
import sys
import time
from typing import Any, Final, cast
from urllib.parse import urlparse

import uvloop

HEAD: Final = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)
STAMP: Final = re.compile(rb" t=(\d{12,20}) ")
PROMPT: Final = "word " * 400


def _frame(payload: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(payload), payload)


def _event(**delta: Any) -> bytes:
    said = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "mock-stream",
        **delta,
    }
    return b"data: " + json.dumps(said, separators=(",", ":")).encode() + b"\n\n"


def _choice(delta: dict[str, str], finish: str | None = None) -> list[dict[str, Any]]:
    return [{"index": 0, "delta": delta, "finish_reason": finish}]


class Wheel:
    """One timer for all streams: they share a heap of what is due."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.loop = asyncio.get_running_loop()
        self._heap: list[tuple[float, int, Stream]] = []
        self._count = 0
        self._handle: asyncio.Handle | None = None
        self._at = 0.0

    def add(self, due: float, stream: Stream) -> None:
        """Call its `tick` then."""
        self._count += 1
        heapq.heappush(self._heap, (due, self._count, stream))
        if self._handle is None or due < self._at:
            self._arm()

    def _arm(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._handle = None
        if self._heap:
            self._at = self._heap[0][0]
            self._handle = self.loop.call_at(self._at, self._run)

    def _run(self) -> None:
        self._handle = None
        soon = self.loop.time() + 0.0002
        while self._heap and self._heap[0][0] <= soon:
            heapq.heappop(self._heap)[2].tick()
        self._arm()


class Stream(asyncio.Protocol):
    """One connection of the upstream: answers whatever is posted with a stream."""

    def __init__(self, wheel: Wheel) -> None:
        self._wheel = wheel
        self._waiting = b""
        self._left = 0
        before, _, after = _event(choices=_choice({"content": " t=@ "})).partition(b"@")
        self._before, self._after = before, after

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the loop gives it
        self._left = 0

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        head, found, rest = self._waiting.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        if not found or len(rest) < int(length[1] if length else 0):
            return
        self._waiting = b""
        if head.startswith(b"GET"):
            self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
            return
        options = self._wheel.options
        self._left = options.chunks
        self._transport.write(HEAD)
        self._due = self._wheel.loop.time() + options.first_ms / 1000
        self._wheel.add(self._due, self)

    def tick(self) -> None:
        """The next chunk is due."""
        if not self._left:
            return
        self._left -= 1
        self._transport.write(_frame(self._before + str(time.monotonic_ns()).encode() + self._after))
        if self._left:
            self._due += self._wheel.options.interval_ms / 1000
            self._wheel.add(self._due, self)
            return
        chunks = self._wheel.options.chunks
        usage = {"prompt_tokens": 400, "completion_tokens": chunks, "total_tokens": 400 + chunks}
        last = (_event(choices=_choice({}, "stop")), _event(choices=[], usage=usage), b"data: [DONE]\n\n")
        self._transport.write(b"".join(map(_frame, last)) + b"0\r\n\r\n")


async def serve(options: argparse.Namespace) -> None:
    """Stream for ever."""
    wheel = Wheel(options)
    server = await wheel.loop.create_server(lambda: Stream(wheel), "127.0.0.1", options.port, backlog=4096)
    await server.serve_forever()


class Reader(asyncio.Protocol):
    """One stream, read."""

    def __init__(self, request: bytes, delays: list[int], firsts: list[int]) -> None:
        self._request, self._delays, self._firsts = request, delays, firsts
        self._tail = b""
        self.ended = asyncio.get_running_loop().create_future()
        self.chunks = self.status = 0
        self.complete = self.billed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._began = time.monotonic_ns()
        self.transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        self.status = self.status or int(data[9:12])
        data, end = self._tail + data, 0
        for found in STAMP.finditer(data):
            if not self.chunks:
                self._firsts.append(now - self._began)
            self.chunks += 1
            self._delays.append(now - int(found[1]))
            end = found.end()
        self.billed |= b'"usage":{' in data or b'"usage": {' in data
        self._tail = data[max(end, len(data) - 64) :]
        if b"[DONE]" in data[end:]:
            self.complete = True
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the loop gives it
        if not self.ended.done():
            self.ended.set_result(None)


def _request(options: argparse.Namespace) -> tuple[str, int, bytes]:
    url = urlparse(options.url)
    said = {
        "model": options.model,
        "stream": True,
        "max_tokens": 256,
        "stream_options": {"include_usage": True},
        "messages": [{"role": "user", "content": PROMPT}],
    }
    body = json.dumps(said).encode()
    more = "".join(f"{line}\r\n" for line in options.header)
    head = f"POST {url.path} HTTP/1.1\r\nhost: {url.netloc}\r\ncontent-type: application/json\r\n{more}"
    return url.hostname or "", url.port or 80, f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def _ms(values: list[int], part: float) -> float:
    return round(values[min(len(values) - 1, int(len(values) * part))] / 1e6, 3) if values else float("nan")


async def load(options: argparse.Namespace) -> None:
    """Read many streams at once and print what they saw, as one line of JSON."""
    host, port, request = _request(options)
    delays, firsts, readers = list[int](), list[int](), list[Reader]()
    loop = asyncio.get_running_loop()
    for _ in range(options.streams):
        _, reader = await loop.create_connection(lambda: Reader(request, delays, firsts), host, port)
        readers.append(reader)
        await asyncio.sleep(options.ramp_s / options.streams)
    await asyncio.sleep(options.hold_s)
    held = sum(reader.status == 200 and not reader.ended.done() for reader in readers)
    await asyncio.wait([reader.ended for reader in readers], timeout=options.timeout_s)
    delays.sort()
    firsts.sort()
    found = {
        "streams": options.streams,
        "complete": sum(reader.complete for reader in readers),
        "held": held,
        "open": sum(reader.status == 200 and not reader.ended.done() for reader in readers),
        "refused": sum(reader.status not in {0, 200} for reader in readers),
        "statuses": sorted({reader.status for reader in readers}),
        "billed": sum(reader.billed for reader in readers),
        "chunks": len(delays),
        "ttft_ms": {"p50": _ms(firsts, 0.5), "p99": _ms(firsts, 0.99)},
        "delay_ms": {"p50": _ms(delays, 0.5), "p99": _ms(delays, 0.99)},
    }
    print(json.dumps(found), flush=True)


def main() -> None:
    """Serve or load."""
    parser = argparse.ArgumentParser()
    jobs = parser.add_subparsers(dest="job", required=True)
    serving = jobs.add_parser("serve")
    serving.add_argument("--port", type=int, required=True)
    serving.add_argument("--chunks", type=int, default=100)
    serving.add_argument("--interval-ms", type=float, default=50)
    serving.add_argument("--first-ms", type=float, default=50)
    loading = jobs.add_parser("load")
    loading.add_argument("--url", required=True)
    loading.add_argument("--streams", type=int, default=200)
    loading.add_argument("--ramp-s", type=float, default=1.0)
    loading.add_argument("--hold-s", type=float, default=0.0)
    loading.add_argument("--timeout-s", type=float, default=60)
    loading.add_argument("--model", default="mock-stream")
    loading.add_argument("--header", action="append", default=[])
    options = parser.parse_args()
    uvloop.run(serve(options) if options.job == "serve" else load(options))


if __name__ == "__main__":
    sys.exit(main())
