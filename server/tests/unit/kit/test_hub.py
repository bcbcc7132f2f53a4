"""The hub never waits for anybody."""

from __future__ import annotations

import pytest

from holdfast_server.errors import Unavailable
from holdfast_server.kit.hub import QUEUE, RING, Hub


async def read(frames, most: int) -> list[str]:
    events: list[str] = []
    async for frame in frames:
        found = [
            line.removeprefix("event: ") for line in frame.decode().splitlines() if line.startswith("event: ")
        ]
        events += found
        if len(events) >= most:
            break
    return events


async def test_everybody_hears_everything_in_order() -> None:
    hub = Hub(followers_max=5)
    one, two = hub.follow(), hub.follow()
    for name in ("a", "b", "c"):
        hub.publish(name, "{}")
    assert await read(one, 3) == await read(two, 3) == ["a", "b", "c"]


async def test_whoever_is_too_slow_is_let_go_with_a_marker() -> None:
    hub = Hub(followers_max=5)
    slow = hub.follow()
    for _ in range(QUEUE + 1):
        hub.publish("a", "{}")
    assert [event async for frame in slow for event in [frame.decode()] if "event" in event] == [
        "event: resync\ndata: {}\n\n"
    ]
    assert not hub.followed


async def test_the_ring_has_an_end() -> None:
    hub = Hub(followers_max=5)
    hub.publish("first", "{}")
    frames = hub.follow()
    hub.publish("second", "{}")
    async for frame in frames:
        if b"id: " in frame:
            seen = frame.decode().splitlines()[0].removeprefix("id: ")
            break
    for _ in range(RING + 1):
        hub.publish("more", "{}")
    assert await read(hub.follow(seen), 1) == ["resync"]


async def test_there_is_a_most() -> None:
    hub = Hub(followers_max=1)
    hub.follow()
    with pytest.raises(Unavailable):
        hub.follow()


async def test_closing_ends_every_stream() -> None:
    hub = Hub(followers_max=2)
    frames = hub.follow()
    hub.close()
    assert await read(frames, 99) == ["resync"]
    with pytest.raises(Unavailable):
        hub.follow()
