"""Two tries of one request at once: the first answer is the client's, the other try is dropped.

```text
start ──► first try ─────────────── head or reply ──► it won: the other is gone
             │ silent for hedge_s
             └────► second try ──── head or reply ──► likewise; an error waits for the other one
```
"""

from __future__ import annotations

import asyncio
from typing import Protocol, TypeAlias

import structlog

from holdfast_server.action.llm.seam import Call, Headers, Reply
from holdfast_server.action.llm.wire.heads import header_lines
from holdfast_server.action.llm.wire.relay import House, Relay
from holdfast_server.action.llm.wire.sides import Client

log = structlog.get_logger(__name__)
ERROR = 400


class Track(House, Protocol):
    """What all calls share, and who drives each of them."""

    relays: dict[Call, Runner]


class Race:
    """Drives a `Call` like a `Relay`, and a second one when the first stays silent."""

    __slots__ = ("_client", "_lanes", "_timer", "call", "house")

    def __init__(self, call: Call, client: Client, house: Track) -> None:
        self.call = call
        self._client: Client | None = client
        self.house = house
        self._lanes = [Lane(self, call)]
        self._timer: asyncio.TimerHandle | None = None

    @property
    def streaming(self) -> bool:
        """Whether the client has the head of a stream."""
        return any(lane.relay.streaming for lane in self._lanes)

    # What the client tells

    def start(self) -> None:
        """Begin with one; look after a while whether it was heard."""
        self._timer = self.house.loop.call_later(self.call.hedge_s, self._hedge)
        self._lanes[0].relay.start()

    def gone(self) -> None:
        """The client went away."""
        self._take_client()
        for lane in self._leave():
            lane.relay.gone()

    def stop(self, reason: str) -> bool:
        """End the call now."""
        if self._client is None or not self._lanes:
            return False
        self._win(self._lanes[0])
        return self._lanes[0].relay.stop(reason)

    def pause(self) -> None:
        """The client does not keep up."""
        for lane in self._lanes:
            lane.relay.pause()

    def resume(self) -> None:
        """The client keeps up again."""
        for lane in self._lanes:
            lane.relay.resume()

    # What the lanes tell

    def begin(self, lane: Lane, status: int, headers: Headers, first: bytes) -> None:
        """One has the beginning of a stream."""
        self._win(lane)
        if self._client is not None:
            self._client.begin(status, headers, first)

    def piece(self, data: bytes, chunk: bytes) -> None:
        """Some of the stream that won."""
        if self._client is not None:
            self._client.piece(data, chunk)

    def end(self, lane: Lane, reply: Reply | None = None, *, complete: bool = False) -> None:
        """One is over: with a reply, with the last of its stream, or with nothing to give."""
        failed = not complete and (reply is None or reply.status >= ERROR)
        if failed and len(self._lanes) > 1:
            self._forget(lane)
            return
        self._win(lane)
        self._leave()
        client = self._take_client()
        if client is None:
            return
        if reply is not None:
            client.reply(reply)
        elif complete:
            client.complete()
        else:
            client.fail()

    # Inside

    def _hedge(self) -> None:
        if self._lanes[0].relay.heard:
            return
        try:
            second = self.call.hedge()
        except Exception:
            log.exception("gateway.call.not_hedged")
            return
        if second is not None:
            lane = Lane(self, second)
            self._lanes.append(lane)
            self.house.relays[second] = self
            lane.relay.start()

    def _win(self, lane: Lane) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for other in [one for one in self._lanes if one is not lane]:
            self._forget(other)
            other.call.outrun = True
            other.relay.gone()

    def _forget(self, lane: Lane) -> None:
        self._lanes.remove(lane)
        # The connection lets go of the first by itself.
        if lane.call is not self.call:
            del self.house.relays[lane.call]

    def _leave(self) -> list[Lane]:
        if self._timer is not None:
            self._timer.cancel()
        lanes = list(self._lanes)
        for lane in lanes:
            self._forget(lane)
        return lanes

    def _take_client(self) -> Client | None:
        client, self._client = self._client, None
        return client


class Lane:
    """The client of one of the two."""

    __slots__ = ("_race", "call", "relay")

    def __init__(self, race: Race, call: Call) -> None:
        self._race, self.call = race, call
        self.relay = Relay(call, self, race.house)

    def lines(self, headers: Headers) -> bytes:
        """Headers as they go upstream."""
        return header_lines(headers)

    def begin(self, status: int, headers: Headers, first: bytes) -> None:
        """The head of a streamed answer, and what there is of its body."""
        self._race.begin(self, status, headers, first)

    way = None
    """Each piece is one of two streams until one has won."""

    def piece(self, data: bytes, chunk: bytes = b"") -> None:
        """Some of its body."""
        self._race.piece(data, chunk)

    def complete(self) -> None:
        """It is complete."""
        self._race.end(self, complete=True)

    def reply(self, reply: Reply) -> None:
        """A whole answer."""
        self._race.end(self, reply)

    def fail(self) -> None:
        """No answer can be given, or not to its end."""
        self._race.end(self)


Runner: TypeAlias = Relay | Race
"""Who drives a call."""
