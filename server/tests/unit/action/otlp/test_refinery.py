"""Refining in a process of its own: what comes of it, and what happens when it dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from holdfast_server.action.otlp.decode import PROTOBUF, decode
from holdfast_server.action.otlp.frames import Kept, digest_of, pack
from holdfast_server.action.otlp.orders import Post
from holdfast_server.action.otlp.refinery import DEATHS_MAX, MODULE, RefineryApart, RefineryHere
from holdfast_server.adapters.spans.memory import MemorySpans
from holdfast_server.errors import Unavailable
from holdfast_server.record.spans.journal import Journal

MUCH = 2**62


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    made = Journal(tmp_path / "journal")
    yield made
    made.close()


@pytest.fixture
async def apart(tmp_path: Path) -> AsyncIterator[RefineryApart]:
    made = RefineryApart(post(tmp_path))
    yield made
    await made.close()


def post(folder: Path) -> Post:
    told = {name: str(folder / name) for name in ("journal", "blobs", "blocks", "prices")}
    return Post(**told, redaction=["secret"])


Keep = Callable[[Journal, int], Awaitable[int]]


@pytest.fixture
def keep(trace_request: Callable[..., ExportTraceServiceRequest]) -> Keep:
    """Keep a request with so many spans; where it ends."""

    async def put(journal: Journal, count: int) -> int:
        body = trace_request(count).SerializeToString()
        return await journal.append(pack(decode(body, PROTOBUF).kept))

    return put


async def keep_what_kills(journal: Journal) -> int:
    """A frame that no worker reads: its head names a kind that does not exist."""
    frame = pack(Kept("traces", 1, digest_of(b"x"), b"x"))
    return await journal.append(frame[:3] + b"\xee" + frame[4:])


def test_a_worker_starts_without_what_only_the_server_needs():
    ask = f"import sys, {MODULE}; print(sorted({{'sqlalchemy', 'fastapi', 'chdb'}} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


async def test_apart_and_here_come_to_the_same(journal, apart, keep, tmp_path):
    end = await keep(journal, 30)
    stores = []
    for refinery in (apart, RefineryHere(post(tmp_path))):
        block = await refinery.refine(0, end, spans_max=MUCH)
        store = MemorySpans()
        await block.store(store, token="t")
        assert (block.start, block.end, block.accepted) == (0, end, 30)
        counted = [span for chunk in block.chunks() for span in chunk]
        assert counted == [span for trace in store.traces.values() for span in trace.values()]
        block.forget()
        stores.append(store.traces)
    assert stores[0] == stores[1]
    assert [path for path in (tmp_path / "blocks").rglob("*") if path.is_file()] == []


async def test_a_stretch_ends_with_a_request_and_no_sooner_than_it_must(journal, apart, keep):
    first, second = await keep(journal, 30), await keep(journal, 30)
    block = await apart.refine(0, second, spans_max=10)
    assert (block.end, block.accepted) == (first, 30)
    assert (await apart.refine(first, second, spans_max=10)).end == second


async def test_a_worker_that_was_killed_is_started_again(journal, apart, keep):
    end = await keep(journal, 3)
    assert (await apart.refine(0, end, spans_max=MUCH)).accepted == 3
    assert apart._worker is not None
    os.kill(apart._worker.pid, signal.SIGKILL)
    apart._worker.wait()
    end_now = await keep(journal, 4)
    assert (await apart.refine(end, end_now, spans_max=MUCH)).accepted == 4


async def test_a_request_that_kills_every_worker_is_set_aside_and_no_other(journal, apart, keep, tmp_path):
    before = await keep(journal, 3)
    killer = await keep_what_kills(journal)
    after = await keep(journal, 5)
    start, accepted, deaths = 0, 0, 0
    until = time.monotonic() + 60
    while start < after and time.monotonic() < until:
        try:
            block = await apart.refine(start, after, spans_max=MUCH)
        except Unavailable:
            deaths += 1
            continue
        start, accepted = block.end, accepted + block.accepted
        block.forget()
    assert (start, accepted) == (after, 8)
    assert deaths <= 2 * (DEATHS_MAX + 1)
    (aside,) = (tmp_path / "set-aside").iterdir()
    assert aside.stem == str(before)
    assert killer > before
