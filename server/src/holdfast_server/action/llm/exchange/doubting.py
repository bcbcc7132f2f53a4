"""Whether a route goes on with its next target: the question looks hard, or the answer is not good enough."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, cast

import msgspec
import structlog

from holdfast.record.models import Answered
from holdfast.record.models.parts import Json, read_json
from holdfast_server.action.llm.config import Route
from holdfast_server.action.llm.exchange.refusing import DIALECTS
from holdfast_server.action.llm.exchange.step import Step
from holdfast_server.action.llm.routing import Plan
from holdfast_server.action.llm.routing.escalating import Confidence, believe, confidence_of

log = structlog.get_logger(__name__)
_filtered = re.compile(
    rb'"finish_reason"\s*:\s*"content_filter"|"stop_reason"\s*:\s*"refusal"|"blockReason"\s*:\s*"'
    rb'|"code"\s*:\s*"(?:content_filter|content_policy_violation|ResponsibleAIPolicyViolation)"'
).search
"""How providers say that it was their filter: Azure and OpenAI, Anthropic, Gemini."""
_json = re.compile(rb'"(?:json_object|json_schema|application/json)"').search
QUESTION_MAX: Final = 16_384
"""Bytes at the end of a request by which it is judged how hard it is."""


def is_filtered(body: bytes) -> bool:
    """Whether the provider's own filter refused the content."""
    return _filtered(body) is not None


def doubts(plan: Plan, step: Step, body: bytes) -> bool:
    """Whether a whole answer is not good enough by its looks, and the route has a better model for that."""
    if plan.route.escalate is None or step.streamed:
        return False
    answered, found = Answered(), read_json(body)
    if isinstance(found, dict):
        DIALECTS[step.shown].read_answer(cast("Json", found), answered)
    if answered.calls:
        return False
    wants_json = _json(step.question) is not None
    return plan.escalates(believe("".join(answered.text), finish=answered.finish, wants_json=wants_json))


class Doubts:
    """How sure the routes of a configuration are of their cheap targets."""

    def __init__(self, routes: Iterable[Route] = ()) -> None:
        self._judges: dict[str, Confidence] = {}
        for one in routes:
            try:
                judge = confidence_of(one.escalate) if one.escalate is not None else None
            except msgspec.ValidationError as error:
                log.warning("gateway.route.model_unreadable", route=one.alias, error=str(error))
                continue
            if judge is not None:
                self._judges[one.alias] = judge

    def confidence(self, route: Route, body: bytes) -> float:
        """How sure a route is that its first target is good enough; 1 when it learned nothing."""
        judge = self._judges.get(route.alias)
        return 1.0 if judge is None else judge(question_of(body))


def question_of(body: bytes) -> str:
    """What was said last in a request, as text; all of its end where that cannot be told."""
    found = read_json(body)
    if isinstance(found, dict):
        asked = cast("Json", found)
        said: object = asked.get("messages") or asked.get("input") or asked.get("contents")
        turns = cast("list[object]", said) if isinstance(said, list) else [said]
        texts = list(_texts(turns[-1] if turns else None))
        if texts:
            return "\n".join(texts)[-QUESTION_MAX:]
    return body[-QUESTION_MAX:].decode("utf-8", "replace")


def _texts(said: object, depth: int = 0) -> Iterable[str]:
    if isinstance(said, str):
        yield said
    elif depth < 4 and isinstance(said, list):
        for one in cast("list[object]", said):
            yield from _texts(one, depth + 1)
    elif depth < 4 and isinstance(said, dict):
        kept = cast("Json", said)
        for name in ("content", "parts", "text"):
            yield from _texts(kept.get(name), depth + 1)
