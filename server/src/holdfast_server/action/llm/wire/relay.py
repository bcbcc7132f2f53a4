"""One call under way: what the exchange says is done, and what the upstream says is passed on.

No task is made unless the exchange wants to be awaited or asks to wait. Whatever the exchange raises ends the
call: nothing that was not judged goes out.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeVar

import structlog

from holdfast_server.action.llm.config import Limits
from holdfast_server.action.llm.seam import (
    HOLD,
    Again,
    Call,
    Failure,
    Forward,
    Headers,
    Hold,
    Reply,
    Send,
)
from holdfast_server.action.llm.wire.heads import request_bytes
from holdfast_server.action.llm.wire.limits import Room
from holdfast_server.action.llm.wire.passing import Passing
from holdfast_server.action.llm.wire.pool import Pools, Waiting
from holdfast_server.action.llm.wire.sides import Client
from holdfast_server.action.llm.wire.upstream import Up

log = structlog.get_logger(__name__)
Answer = TypeVar("Answer")
FAILED: Final = "gateway.call.failed"
NO_HEAD: Final[tuple[int, Headers]] = (0, [])


class House(Protocol):
    """What all calls share."""

    loop: asyncio.AbstractEventLoop
    pools: Pools
    room: Room
    limits: Limits


class Relay:
    """Drives one `Call` between its client and its upstreams."""

    __slots__ = (
        "_client",
        "_head",
        "_held",
        "_house",
        "_opening",
        "_passing",
        "_roomy",
        "_size",
        "_task",
        "_up",
        "call",
        "paused",
        "streaming",
    )

    def __init__(self, call: Call, client: Client, house: House) -> None:
        self.call = call
        self._client: Client | None = client
        self._house = house
        self._up: Up | Waiting | None = None
        self._task: asyncio.Task[None] | asyncio.TimerHandle | None = None
        self._held: list[bytes] | None = None
        self._head = NO_HEAD
        self._size = self._roomy = 0
        self._opening: Forward | None = None
        self._passing: Passing | None = None
        self.streaming = self.paused = False
        """Whether the client has the head of a stream, and whether it does not keep up."""

    @property
    def heard(self) -> bool:
        """Whether its upstream began to answer."""
        return self._held is not None or self._opening is not None or self.streaming

    # What the client tells

    def start(self) -> None:
        """Ask the call what to do first, or next."""
        try:
            step = self.call.next()
            if type(step) is Send:
                self._send(step)
            else:
                self._when(step, self._took)
        except Exception:
            log.exception(FAILED)
            self._crash()

    def gone(self) -> None:
        """The client went away."""
        if self._client is not None:
            self._leave()
            self._settle()

    def stop(self, reason: str) -> bool:
        """End the call now."""
        if self._client is None:
            return False
        self._let_go()
        try:
            self._account()
            self._finish(self.call.stop(reason))
        except Exception:
            log.exception(FAILED)
            self._crash()
        return True

    def pause(self) -> None:
        """The client does not keep up."""
        self.paused = True
        if self._up is not None:
            self._up.pause()

    def resume(self) -> None:
        """The client keeps up again."""
        self.paused = False
        if self._up is not None:
            self._up.resume()

    # What the upstream tells

    def connected(self, up: Up) -> None:
        """The request left on this connection."""
        self._up = up

    def answered(self, status: int, headers: Headers) -> None:
        """The head of the answer."""
        try:
            said = self.call.head(status, headers)
            if said is HOLD:
                self._held = []
                self._head = (status, headers)
            else:
                self._go_by(said)
        except Exception:
            log.exception(FAILED)
            self._crash()

    def whole(self, status: int, headers: Headers, body: bytes) -> None:
        """All of the answer at once; its connection serves others already."""
        self._up = None
        try:
            said = self.call.head(status, headers)
            if said is HOLD:
                self._judge(status, headers, body)
            else:
                self._go_by(said)
        except Exception:
            log.exception(FAILED)
            self._crash()
            return
        if isinstance(said, Forward):
            if body and self._client is not None:
                self._feed(self._client, body, b"")
            self.ended()

    def body(self, data: bytes, chunk: bytes = b"") -> None:
        """A piece of its body."""
        client, passing = self._client, self._passing
        if self._held is not None:
            self._hold(self._held, data)
        elif client is not None and (passing is None or not passing.take(data, chunk)):
            self._feed(client, data, chunk)

    def _feed(self, client: Client, data: bytes, chunk: bytes) -> None:
        call = self.call
        try:
            self._account()
            out = call.feed(data)
            if self._opening is not None:
                self._open(client, self._opening, out)
                out = b""
            if self._passing is not None:
                self._passing.lend(call.credit)
        except Exception:
            log.exception(FAILED)
            self._crash()
            return
        if out is data:
            client.piece(data, chunk)
        elif out:
            client.piece(out)
        if call.over:
            self._leave()
            client.complete()

    def _open(self, client: Client, opening: Forward, first: bytes) -> None:
        """Send the head with the first of the body; where a stream goes on, the head that went out stands."""
        self._opening = None
        if not self.streaming:
            client.begin(opening.status, opening.headers, first)
            self.streaming = True
        elif first:
            client.piece(first)
        self._passing = passing = Passing(client)
        if isinstance(self._up, Up):
            self._up.pass_to(passing)

    def ended(self) -> None:
        """The answer is complete."""
        if self._client is None:
            return  # what came of it ended the call
        self._up = None
        if self._opening is not None:
            self.broke("reset", "it ended before it began")
            return
        try:
            self._account()
            held = self._held
            if held is not None:
                body = held[0] if len(held) == 1 else b"".join(held)
                self._let_go()
                self._judge(*self._head, body)
            elif type(said := self.call.end()) is bytes:
                self._finish(said)
            else:
                self._when(said, self._finish)
        except Exception:
            log.exception(FAILED)
            self._crash()

    def broke(self, kind: Failure, detail: str) -> None:
        """There will be no more of it."""
        self._let_go()
        try:
            self._account()
            said = self.call.failed(kind, detail)
            if said is not None:
                self._finish(said)
        except Exception:
            log.exception(FAILED)
            self._crash()
        else:
            if said is None:
                self.start()

    # What is done about it

    def _took(self, step: Send | Reply) -> None:
        if isinstance(step, Send):
            self._send(step)
        else:
            self._reply(step)

    def _send(self, send: Send) -> None:
        client = self._client
        if client is None:
            return
        pool = self._house.pools.of(send.upstream)
        self._up = up = pool.send(self, request_bytes(send, pool.host, client.lines(send.headers)))
        if self.paused:
            up.pause()

    def _go_by(self, said: Forward | Hold | Again) -> None:
        if isinstance(said, Forward):
            self._opening = said
        elif isinstance(said, Again):
            self._let_go()
            self._task = self._house.loop.call_later(said.wait_s, self.start)

    def _hold(self, held: list[bytes], data: bytes) -> None:
        house, size = self._house, len(data)
        if held:
            if self._size + size > house.limits.body_bytes or not house.room.take(size):
                self.broke("malformed", f"an answer of more than {self._size} bytes cannot be held back")
                return
            self._roomy += size
        self._size += size
        held.append(data)

    def _judge(self, status: int, headers: Headers, body: bytes) -> None:
        said = self.call.whole(status, headers, body)
        if type(said) is Reply:
            self._reply(said)
        else:
            self._when(said, self._judged)

    def _judged(self, said: Reply | Again) -> None:
        if isinstance(said, Again):
            self._task = self._house.loop.call_later(said.wait_s, self.start)
        else:
            self._reply(said)

    def _finish(self, said: bytes | Reply) -> None:
        if isinstance(said, Reply):
            self._reply(said)
            return
        client = self._client
        self._leave()
        if client is None:
            return
        if not self.streaming:
            client.fail()
            return
        if said:
            client.piece(said)
        client.complete()

    def _reply(self, reply: Reply) -> None:
        client = self._client
        self._leave()
        if client is None:
            return
        if self.streaming:
            client.fail()
        else:
            client.reply(reply)

    # Waiting, leaving, failing

    def _when(self, said: Answer | Awaitable[Answer], then: Callable[[Answer], None]) -> None:
        if inspect.isawaitable(said):
            self._task = self._house.loop.create_task(self._await(said, then))
        else:
            then(said)

    async def _await(self, said: Awaitable[Answer], then: Callable[[Answer], None]) -> None:
        try:
            answer = await said
            self._task = None
            then(answer)
        except Exception:
            log.exception(FAILED)
            self._task = None
            self._crash()

    def _let_go(self) -> None:
        """Drop the upstream and whatever was waited for or held."""
        self._opening = None
        up, self._up = self._up, None
        if up is not None:
            up.drop()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        if self._held is not None:
            self._held = None
            self._house.room.give(self._roomy)
            self._size = self._roomy = 0

    def _leave(self) -> None:
        self._let_go()
        self._client = None

    def _crash(self) -> None:
        """The exchange raised: nothing more of this call goes out."""
        client = self._client
        self._leave()
        self._settle()
        if client is not None:
            client.fail()

    def _account(self) -> None:
        """Tell of what went to the client on credit."""
        if self._passing is not None:
            self._passing.account(self.call)

    def _settle(self) -> None:
        try:
            self._account()
            self.call.gone()
        except Exception:
            log.exception("gateway.call.unsettled")
