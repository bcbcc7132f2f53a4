"""An answer before the client sees it: its tool calls judged, its content as the rules let it be read."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final, cast

from holdfast.decision import Verdict
from holdfast.decision.content import Place
from holdfast.record.models import Answered
from holdfast.record.models.parts import Json, read_json
from holdfast_server.action.llm.config import Api
from holdfast_server.action.llm.exchange.asking import Question
from holdfast_server.action.llm.exchange.contents import Answering, answering, rewriter
from holdfast_server.action.llm.exchange.house import House
from holdfast_server.action.llm.exchange.refusing import DIALECTS, JSON, NO_RETRY
from holdfast_server.action.llm.exchange.settling import marks_of, refusal_of
from holdfast_server.action.llm.exchange.step import Step
from holdfast_server.action.llm.exchange.tool_calls import Judged, are_judged, ask_about, judge_calls
from holdfast_server.action.llm.seam import Reply

CALLS: Final[dict[Api, Callable[[bytes], object]]] = {
    "chat": re.compile(rb'"tool_calls"\s*:\s*\[\s*\{|"function_call"\s*:\s*\{').search,
    "responses": re.compile(rb'"type"\s*:\s*"\w*_call"').search,
    "messages": re.compile(rb"tool_use|input_json_delta").search,
    "gemini": re.compile(rb"functionCall").search,
}
"""Says of bytes whether a tool call may stand in them."""


class Checks:
    """What has to be looked at in one answer."""

    __slots__ = ("_api", "_house", "_question", "_step", "about", "judges")

    def __init__(self, house: House, step: Step, question: Question, about: Answering | None) -> None:
        self._house, self._step, self._question = house, step, question
        self.about = about
        """The rules about what it says; None without any."""
        self._api: Api = step.shown
        self.judges = are_judged(house, question) and self._api in CALLS
        """Whether tool calls in it may have to be refused."""

    @classmethod
    def of(cls, house: House, step: Step, question: Question) -> Checks | None:
        """The checks of an answer; None when there is nothing to look at."""
        rules = house.bundle.content.at(Place.ANSWERS, step.action.target) if house.scanner.active else ()
        if not rules and not question.may_call:
            return None
        made = cls(house, step, question, answering(house.scanner, rules, step.action.target))
        return made if made.judges or made.about is not None else None

    def whole(self, body: bytes) -> bytes | Reply | Awaitable[bytes | Reply]:
        """A whole answer as the client may see it, or what it gets instead."""
        body, withheld = self._read(body)
        if withheld:
            return Reply(403, [JSON, NO_RETRY, *marks_of(self._step)], body)
        if not self.judges or not CALLS[self._api](body):
            return body
        found = read_json(body)
        answered = Answered()
        if isinstance(found, dict):
            DIALECTS[self._api].read_answer(cast("Json", found), answered)
        judged = self.judge(answered)
        refused = first_refused(judged)
        if refused is not None:
            return refusal_of(refused, self._question.api)
        waiting = [one for one in judged if not one.passes]
        return self._after(waiting, body) if waiting else body

    def judge(self, answered: Answered) -> list[Judged]:
        """What was decided about each tool call."""
        return judge_calls(self._house, self._step, answered)

    async def approved(self, waiting: list[Judged]) -> bool:
        """Ask people about what waits; whether all of it may pass."""
        return await ask_about(self._house, waiting)

    async def _after(self, waiting: list[Judged], body: bytes) -> bytes | Reply:
        if await self.approved(waiting):
            return body
        return refusal_of(waiting[0].step, self._question.api)

    def _read(self, body: bytes) -> tuple[bytes, bool]:
        about = self.about
        if about is None:
            return body, False
        pen = rewriter(self._api, about, streamed=False)
        read = pen.rewrite(body)
        self.label(about)
        return read, pen.withheld

    def label(self, about: Answering) -> None:
        """Let the session know what its model said."""
        if about.labels:
            self._step.own_session().label(*about.labels)


def first_refused(judged: list[Judged]) -> Step | None:
    """The first tool call that may not be; what a person can allow is none."""
    for one in judged:
        if not one.passes and one.verdict is not Verdict.ASK:
            return one.step
    return None


def holds_of(checks: Checks | None, api: Api) -> Callable[[bytes], Any] | None:
    """What makes an event of a stream wait."""
    return CALLS[api] if checks is not None and checks.judges else None
