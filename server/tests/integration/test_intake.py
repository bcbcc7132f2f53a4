"""Blocks of the journal: after a kill between its two halves a block comes again, as it was."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from holdfast_server.action.otlp.decode import PROTOBUF, decode
from holdfast_server.adapters.spans.memory import MemorySpans
from holdfast_server.app import open_services
from holdfast_server.errors import Unavailable
from holdfast_server.record.spans.span import Span
from holdfast_server.settings import Http, Settings, Stores


@pytest.fixture
def control_url() -> str:
    return "sqlite://"


def settings_of(folder: Path) -> Settings:
    return Settings(data=folder / "data", stores=Stores(spans="memory://"), http=Http(otlp_port=None))


class Noting(MemorySpans):
    """Remembers under which names blocks came."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[tuple[str, int]] = []

    async def write(self, batch: Sequence[Span], *, token: str) -> None:
        if batch:
            self.blocks.append((token, len(batch)))
        await super().write(batch, token=token)


async def wait_for(true) -> None:
    for _ in range(500):
        if true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen in time")


async def test_a_block_that_was_stored_and_not_counted_comes_again_as_it_was(
    tmp_path: Path, trace_request, monkeypatch
):
    settings, store = settings_of(tmp_path), Noting()

    async def killed(*_: object) -> set[str]:
        raise Unavailable("killed before it was counted")

    async with open_services(settings, spans=store) as services:
        monkeypatch.setattr(services.intake, "_count", killed)
        await services.intake.take(decode(trace_request(3).SerializeToString(), PROTOBUF))
        await wait_for(lambda: store.blocks)
        # More arrives before the end; it must not become part of the block that is stored already.
        await services.intake.take(decode(trace_request(5).SerializeToString(), PROTOBUF))
    first = store.blocks[0]
    assert first[1] == 3
    store.blocks.clear()
    async with open_services(settings, spans=store) as services:
        await wait_for(lambda: services.intake.flow().pending == 0)
        assert services.intake.flow().stored == 8
    assert store.blocks[0] == first
    assert [count for _, count in store.blocks] == [3, 5]
    assert sum(len(trace) for trace in store.traces.values()) == 8


async def test_a_retry_is_known_after_a_restart(tmp_path: Path, trace_request):
    settings, store = settings_of(tmp_path), Noting()
    body = trace_request(3).SerializeToString()
    for _ in range(2):
        async with open_services(settings, spans=store) as services:
            for _ in range(2):
                await services.intake.take(decode(body, PROTOBUF))
            await wait_for(lambda: services.intake.ready and services.intake.flow().pending == 0)
    assert [count for _, count in store.blocks] == [3]
