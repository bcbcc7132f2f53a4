"""One call under way: what the exchange says is done, and what the upstream says is passed on.

No task is made unless the exchange wants to be awaited or asks to wait. Whatever the exchange raises ends the
call: nothing that was not judged goes out.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeVar

import structlog

from holdfast_server.action.llm.config import Limits
from holdfast_server.action.llm.seam import (
    HOLD,
    NO_CREDIT,
    Again,
    Call,
    Failure,
    Forward,
    Headers,
    Reply,
    Send,
)
from holdfast_server.action.llm.wire.heads import request_bytes
from holdfast_server.action.llm.wire.limits import Room
from holdfast_server.action.llm.wire.pool import Pools, Waiting
from holdfast_server.action.llm.wire.upstream import Up

log = structlog.get_logger(__name__)
Answer = TypeVar("Answer")
FAILED: Final = "gateway.call.failed"


class Client(Protocol):
    """The client's connection, as a call needs it."""

    def lines(self, headers: Headers) -> bytes:
        """Headers as they go upstream.

        Raises:
            HeaderInjected: see `header_lines`.
        """
        ...

    def begin(self, status: int, headers: Headers) -> None:
        """The head of a streamed answer."""
        ...

    def piece(self, data: bytes, chunk: bytes = b"") -> None:
        """Some of its body; with the chunk that it came in if that can go on as it came."""
        ...

    def complete(self) -> None:
        """It is complete; the call is over."""
        ...

    def reply(self, reply: Reply) -> None:
        """A whole answer; the call is over."""
        ...

    def fail(self) -> None:
        """No answer can be given, or not to its end: refuse, or cut the connection; the call is over."""
        ...


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
        "_credit",
        "_head",
        "_held",
        "_house",
        "_left",
        "_passed",
        "_roomy",
        "_size",
        "_spared",
        "_task",
        "_times_ns",
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
        self._head: tuple[int, Headers] = (0, [])
        self._size = self._roomy = self._left = self._spared = 0
        self._credit = NO_CREDIT
        self._passed: list[bytes] = []
        self._times_ns: list[int] = []
        self.streaming = False
        """Whether the client has the head of a stream."""
        self.paused = False

    @property
    def heard(self) -> bool:
        """Whether its upstream began to answer."""
        return self._held is not None or self.streaming

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
            elif isinstance(said, Forward):
                self._begin(said)
            elif isinstance(said, Again):
                self._let_go()
                self._task = self._house.loop.call_later(said.wait_s, self.start)
        except Exception:
            log.exception(FAILED)
            self._crash()

    def body(self, data: bytes, chunk: bytes = b"") -> None:
        """A piece of its body."""
        client, credit = self._client, self._credit
        size = len(data) - self._spared
        if (
            0 < size < self._left
            and data.startswith(credit.before)
            and data.endswith(credit.after)
            and client
        ):
            self._left -= size
            self._passed.append(data)
            self._times_ns.append(time.monotonic_ns())
            client.piece(data, chunk)
        elif self._held is not None:
            self._hold(self._held, data)
        elif client is not None:
            self._feed(client, data, chunk)

    def _feed(self, client: Client, data: bytes, chunk: bytes) -> None:
        call = self.call
        try:
            self._account()
            out = call.feed(data)
            self._credit = credit = call.credit
            self._left, self._spared = credit.size, len(credit.before) + len(credit.after)
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

    def ended(self) -> None:
        """The answer is complete."""
        self._up = None
        try:
            self._account()
            if self._held is not None:
                self._judge(self._held)
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

    def _begin(self, forward: Forward) -> None:
        if not self.streaming and self._client is not None:
            self._client.begin(forward.status, forward.headers)
            self.streaming = True

    def _hold(self, held: list[bytes], data: bytes) -> None:
        house, size = self._house, len(data)
        if held:
            if self._size + size > house.limits.body_bytes or not house.room.take(size):
                self.broke("malformed", f"an answer of more than {self._size} bytes cannot be held back")
                return
            self._roomy += size
        self._size += size
        held.append(data)

    def _judge(self, parts: list[bytes]) -> None:
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        status, headers = self._head
        self._let_go()
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
        passed, times_ns = self._passed, self._times_ns
        if passed:
            self._left, self._passed, self._times_ns = 0, [], []
            self.call.passed(passed, times_ns)

    def _settle(self) -> None:
        try:
            self._account()
            self.call.gone()
        except Exception:
            log.exception("gateway.call.unsettled")
