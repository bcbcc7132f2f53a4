"""The way out: what an agent answers to a person is judged, and what a quarantined one answers is checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from holdfast.action import Kind
from holdfast.decision.flow.vocabulary import openings
from holdfast.decision.validation import Validator, make_result_validator, problems
from holdfast.errors import Denied, Misconfigured
from holdfast.guard.guard import Guard
from holdfast.guard.here import here
from holdfast.guard.step import Step
from holdfast.guard.tools import refuse_unless_allowed


class Answer:
    """What a quarantined agent may answer."""

    def __init__(self, agent: str, validator: Validator) -> None:
        self._agent, self._validator = agent, validator

    def check(self, result: Any) -> None:
        """Let only an answer through that keeps the closed schema.

        Raises:
            Denied: it does not; nothing of it is told, because it may be anybody's text.
        """
        if not self._validator.is_valid(result):
            paths = ", ".join(one.partition(":")[0] for one in problems(self._validator, result))
            raise Denied(f"the answer of {self._agent} does not keep its schema at {paths}")


def make_answer(agent: str, schema: Mapping[str, Any]) -> Answer:
    """The check of a quarantined agent's answers.

    Raises:
        Misconfigured: the schema cannot be used, or is open somewhere.
    """
    found = openings(dict(schema))
    if found:
        hint = "; ".join(found[:3])
        raise Misconfigured(f"the quarantine of {agent} lets text through", hint=hint)
    return Answer(agent, make_result_validator(agent, schema))


def review(guard: Guard, result: Any) -> Any:
    """The answer of an outermost run as the rules let it out.

    Raises:
        Refused: it may not leave.
        Halted: the run is over.
    """
    if not _leaves(guard, result):
        return result
    return _let_out(guard, guard.wait(guard.enter(Kind.OUTPUT, "", {"text": result})))


async def review_async(guard: Guard, result: Any) -> Any:
    """`review`, without stopping the event loop."""
    if not _leaves(guard, result):
        return result
    step = await guard.enter_async(Kind.OUTPUT, "", {"text": result})
    return _let_out(guard, await guard.wait_async(step))


def _let_out(guard: Guard, step: Step) -> str:
    text = refuse_unless_allowed(step).arguments["text"]
    guard.leave(step)
    return text


def _leaves(guard: Guard, result: Any) -> bool:
    """Whether this is an answer to a person that anything could be said about."""
    run = here().run
    if run is None or run.above is not None or not isinstance(result, str):
        return False
    return bool(run.session.labels) or bool(guard.rules.bundle.content)
