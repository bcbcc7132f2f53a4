"""The worker's end of the line to its supervisor: what is told, what is asked, and silence when it is cut."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import msgspec
import structlog

from holdfast.decision.budgets.exchange import Ask, Borrower
from holdfast_server.action.llm.messages import (
    Answered,
    AskPerson,
    Frames,
    FromWorker,
    Lend,
    Lent,
    ToWorker,
    UseApproval,
    Used,
    pack,
    read_to_worker,
)

log = structlog.get_logger(__name__)
Answer = TypeVar("Answer", Lent, Answered, Used)
LEND_S: Final = 5.0
"""How long a call waits for a lease before it is refused."""
LATE_S: Final = 5.0
"""How much later than a person's time is up the line may say so."""
ASKS_MAX: Final = 4_096
UNSENT_MAX: Final = 16 * 1024 * 1024
"""What a supervisor that does not read may leave lying; then it counts as away."""


class Line(asyncio.Protocol):
    """Says and hears messages. Once it is cut, nobody can be asked, and that is the answer."""

    def __init__(self, *, heard: Callable[[ToWorker], None], cut: Callable[[], None]) -> None:
        self._heard, self._cut = heard, cut
        self._frames = Frames()
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._number = 0
        self._transport: asyncio.Transport | None = None

    async def open(self, end: socket.socket) -> None:
        """Listen on this end of the pair; the first words wait there already."""
        end.setblocking(False)
        await asyncio.get_running_loop().create_unix_connection(lambda: self, sock=end)

    def tell(self, message: FromWorker) -> bool:
        """Say something; False when nobody listens."""
        transport = self._transport
        if transport is None or transport.is_closing() or transport.get_write_buffer_size() > UNSENT_MAX:
            return False
        transport.write(pack(message))
        return True

    # What a worker asks

    async def lend(self, borrower: Borrower, asks: tuple[Ask, ...]) -> Lent:
        """Report what was used of budgets, and ask for more."""
        self._number += 1
        return await self._ask(Lend(self._number, borrower, asks), Lent(self._number, None), LEND_S)

    async def ask_person(self, request: dict[str, Any], wait_s: float) -> Answered:
        """Put an approval request before people."""
        self._number += 1
        away = Answered(self._number, "away")
        return await self._ask(AskPerson(self._number, request, wait_s), away, wait_s + LATE_S)

    async def use_approval(self, approval: str, digest: str, step: str) -> Used:
        """Spend an approval on exactly what was approved."""
        self._number += 1
        message = UseApproval(self._number, approval, digest, step)
        return await self._ask(message, Used(self._number, ok=False), LEND_S)

    async def _ask(
        self, message: Lend | AskPerson | UseApproval, otherwise: Answer, within_s: float
    ) -> Answer:
        """Ask; the answer, or what counts as one when nobody gives it."""
        if len(self._asked) >= ASKS_MAX or not self.tell(message):
            return otherwise
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._asked[message.ask] = answer
        try:
            async with asyncio.timeout(within_s):
                return await answer
        except (TimeoutError, ConnectionError):
            return otherwise
        finally:
            del self._asked[message.ask]

    # What the loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        try:
            for body in self._frames.feed(data):
                self._take(read_to_worker(body))
        except (ValueError, msgspec.MsgspecError):
            log.exception("gateway.line.garbled")
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the loop gives it
        self._transport = None
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(ConnectionError("the supervisor is away"))
        self._cut()

    def close(self) -> None:
        """Hang up, once what was said has left."""
        if self._transport is not None:
            self._transport.close()

    def _take(self, message: ToWorker) -> None:
        if isinstance(message, Lent | Answered | Used):
            answer = self._asked.get(message.ask)
            if answer is not None and not answer.done():
                answer.set_result(message)
        else:
            self._heard(message)
