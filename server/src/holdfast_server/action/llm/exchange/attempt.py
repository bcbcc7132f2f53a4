"""What every part of a call knows: where it stands, what the router is told, and how its steps are closed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Self

from holdfast_server.action.llm.exchange.asking import Question
from holdfast_server.action.llm.exchange.house import House
from holdfast_server.action.llm.exchange.identity import Caller, Place, Said
from holdfast_server.action.llm.exchange.lanes import Lane
from holdfast_server.action.llm.exchange.refusing import refuse
from holdfast_server.action.llm.exchange.remembering import Memory
from holdfast_server.action.llm.exchange.settling import close, marks_of
from holdfast_server.action.llm.exchange.step import Step
from holdfast_server.action.llm.exchange.streaming import Answer
from holdfast_server.action.llm.exchange.trying import Trial
from holdfast_server.action.llm.routing import Chosen, Kind, Plan, Wait
from holdfast_server.action.llm.seam import Reply, Request
from holdfast_server.action.llm.translating import Translation

NS_PER_MS: Final = 1_000_000
MS_PER_S: Final = 1_000


class Attempt:
    """One request, and the try of it that is under way."""

    __slots__ = (
        "_answer",
        "_back_ns",
        "_begun",
        "_caller",
        "_chosen",
        "_ended",
        "_house",
        "_lane",
        "_memory",
        "_place",
        "_plan",
        "_question",
        "_ready",
        "_request",
        "_said",
        "_sent_ns",
        "_step",
        "_translation",
        "_trial",
        "hedge_s",
        "outrun",
        "over",
        "streamed",
    )

    def __init__(
        self,
        house: House,
        request: Request,
        question: Question,
        *,
        caller: Caller,
        said: Said,
        place: Place,
        plan: Plan,
        begun: Callable[[Self], None],
        ended: Callable[[Self, Step | None], None],
    ) -> None:
        self._house, self._request, self._question = house, request, question
        self._caller, self._said, self._plan = caller, said, plan
        self._place, self._begun, self._ended = place, begun, ended
        self._trial = Trial(house, question, caller, place)
        self._chosen: Chosen | None = None
        self._ready: Chosen | Wait | None = None
        self._step: Step | None = None
        self._lane: Lane | None = None
        self._memory: Memory | None = None
        self._answer: Answer | None = None
        self._translation: Translation | None = None
        self._sent_ns = self._back_ns = 0
        route = plan.route
        if route.cache is not None:
            post = house.poster(caller, place) if house.poster else None
            self._memory = Memory(house.caches, request, question, plan, post)
        self.streamed = question.streamed
        self.hedge_s = route.hedge_ms / MS_PER_S
        self.outrun = self.over = False
        begun(self)

    @property
    def step(self) -> Step | None:
        """The try that is under way."""
        return self._step

    def join(self, chosen: Chosen, memory: Memory | None) -> None:
        """Begin with this target, beside another try of the same request."""
        self._ready, self._memory, self.hedge_s = chosen, memory, 0.0

    @property
    def _going(self) -> Step:
        assert self._step is not None, "an answer is of something that was sent"
        return self._step

    def _tell(self, kind: Kind, *, retry_after: str = "") -> None:
        """Let the router know, once for each try."""
        chosen, self._chosen = self._chosen, None
        if chosen is None:
            return
        answer, sent = self._answer, self._sent_ns
        first = answer.first_ns if answer is not None else 0
        self._house.router.told(
            chosen, kind, now_ns=time.time_ns(), retry_after=retry_after,
            ttft_ms=(first - sent) / NS_PER_MS if first and sent else None,
            total_ms=(time.monotonic_ns() - sent) / NS_PER_MS if sent else None,
        )  # fmt: skip

    def _leave_plan(self) -> None:
        """Nothing is tried any more, not even what was chosen already."""
        self._tell(Kind.GONE)
        if isinstance(self._ready, Chosen):
            self._chosen, self._ready = self._ready, None
            self._tell(Kind.GONE)

    def _elsewhere(self) -> bool:
        """Whether there is another target to ask; `next` goes there."""
        self._ready = self._plan.next(time.time_ns())
        return self._ready is not None

    def _settle(self, status: str, *, error: str = "", breaks: bool = False) -> None:
        """Take down what a stream came to, and close the step with it."""
        answer, step = self._answer, self._step
        if answer is not None and step is not None and step.status == "running":
            answer.note()
            step.upstream_ns += time.monotonic_ns() - self._sent_ns
        self._close(status, error=error, breaks=breaks)
        self._ended(self, step)

    def _close(self, status: str, *, error: str = "", breaks: bool = False) -> None:
        step = self._step
        if step is None or step.status != "running":
            return
        if step.decided_at < 0:
            self._house.release_unjudged(step)
            return
        if self._back_ns:
            step.own_ns += time.monotonic_ns() - self._back_ns
        close(self._house, step, status, error=error, breaks=breaks)

    def _refuse(self, status: int, code: str, message: str, *more: tuple[bytes, bytes]) -> Reply:
        step = self._step
        marks = marks_of(step) if step is not None and step.decided_at >= 0 else []
        if step is None:
            self._house.turned_away[code] += 1
        return refuse(self._question.api, status, code, message, headers=[*marks, *more])

    def _end(self, reply: Reply) -> Reply:
        self._ended(self, self._step)
        return reply
