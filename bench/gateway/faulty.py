"""A provider that breaks in every way it can, and keeps its own books of what it produced."""

from __future__ import annotations

import asyncio
import json
import random
import re
from dataclasses import dataclass
from typing import Any, Final

FAULTS: Final = (
    *("none",) * 24,
    *("early reset", "cut", "half a chunk", "garbage", "stall", "no usage", "usage twice"),
    *("no done", "error 500", "too many", "html", "slow", "large"),
)
TOKENS_IN: Final = 400
STALL_S: Final = 6.0
"""Longer than the gateway waits, which is long enough for a machine that is busy otherwise."""
SAID: Final = re.compile(rb'"user": ?"([0-9a-f]{32})"')
LENGTH: Final = re.compile(rb"(?i)content-length: *(\d+)")


@dataclass
class Entry:
    """What one call was, in the provider's own books."""

    fault: str = ""
    tries: int = 0
    tokens: int = 0
    """Words that left here."""
    reported: int | None = None
    """Output tokens of the usage that was sent, and sent whole."""


class Provider:
    """Speaks Chat Completions, badly."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.books: dict[str, Entry] = {}
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until it or the other side has had enough."""
        self.connections += 1
        try:
            while await self._answer(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, RuntimeError):
            pass  # the gateway left; uvloop says that as a RuntimeError
        finally:
            self.connections -= 1
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        length = LENGTH.search(head)
        body = await reader.readexactly(int(length[1])) if length else b""
        named = SAID.search(body)
        entry = self.books.setdefault(named[1].decode() if named else "", Entry())
        entry.tries += 1
        entry.fault = fault = self._chance.choice(FAULTS)
        if fault == "early reset":
            return False
        if fault in {"error 500", "too many", "html"}:
            self._refuse(writer, fault)
        elif b'"stream": true' in body:
            return await self._stream(writer, entry, fault)
        else:
            return await self._whole(writer, entry, fault)
        return True

    def _refuse(self, writer: asyncio.StreamWriter, fault: str) -> None:
        status = {"error 500": "500 Oops", "too many": "429 Too Many", "html": "502 Bad Gateway"}[fault]
        body = b"<html>" if fault == "html" else b'{"error":{"message":"no","type":"server_error"}}'
        writer.write(f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)

    async def _whole(self, writer: asyncio.StreamWriter, entry: Entry, fault: str) -> bool:
        entry.tokens = tokens = 20_000 if fault == "large" else self._chance.randrange(1, 60)
        message = {"role": "assistant", "content": "word " * tokens}
        said = {
            "id": "c",
            "object": "chat.completion",
            "created": 1,
            "model": "mock",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": usage(tokens),
        }
        body = json.dumps(said).encode()
        raw = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body
        if fault in {"cut", "half a chunk", "garbage", "stall"}:
            entry.tokens = 0
            writer.write(raw[: len(raw) // 2] if fault != "garbage" else b"HTTP/1.1 200 OK\nno\n\n")
            await writer.drain()
            await asyncio.sleep(STALL_S if fault == "stall" else 0.01)
            return False
        entry.reported = tokens
        writer.write(raw)
        await writer.drain()
        return True

    async def _stream(self, writer: asyncio.StreamWriter, entry: Entry, fault: str) -> bool:
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        tokens = self._chance.randrange(5, 80)
        for number in range(tokens):
            writer.write(event(choices=[{"index": 0, "delta": {"content": "word "}, "finish_reason": None}]))
            await writer.drain()
            entry.tokens += 1
            if number == tokens // 2 and fault in {"cut", "half a chunk", "garbage", "stall"}:
                return await self._break(writer, fault)
            if number % 5 == 0:
                await asyncio.sleep(0.02 if fault == "slow" else 0.002)
        writer.write(event(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}]))
        if fault != "no usage":
            for _ in range(2 if fault == "usage twice" else 1):
                writer.write(event(choices=[], usage=usage(tokens)))
        if fault != "no done":
            writer.write(chunk(b"data: [DONE]\n\n"))
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        if fault != "no usage":
            entry.reported = tokens
        return True

    async def _break(self, writer: asyncio.StreamWriter, fault: str) -> bool:
        if fault == "half a chunk":
            writer.write(b'30\r\ndata: {"choices"')
        elif fault == "garbage":
            writer.write(b"zz\r\nnothing\r\n")
        await writer.drain()
        await asyncio.sleep(STALL_S if fault == "stall" else 0.01)
        return False


def usage(tokens: int) -> dict[str, int]:
    """As OpenAI tells it."""
    total = TOKENS_IN + tokens
    return {"prompt_tokens": TOKENS_IN, "completion_tokens": tokens, "total_tokens": total}


def chunk(payload: bytes) -> bytes:
    """In HTTP's chunks."""
    return b"%x\r\n%b\r\n" % (len(payload), payload)


def event(**delta: Any) -> bytes:
    """One event of a stream."""
    said = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "mock", **delta}
    return chunk(b"data: " + json.dumps(said).encode() + b"\n\n")
