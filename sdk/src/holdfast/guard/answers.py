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
    """The answer of an outermost run, once the rules let it out.

    Raises:
        Refused: it may not leave.
        Halted: the run is over.
    """
    if _leaves(result):
        step = guard.enter(Kind.OUTPUT, "", {"text": result})
        guard.leave(refuse_unless_allowed(guard.wait(step)))
    return result


async def review_async(guard: Guard, result: Any) -> Any:
    """`review`, without stopping the event loop."""
    if _leaves(result):
        step = await guard.enter_async(Kind.OUTPUT, "", {"text": result})
        guard.leave(refuse_unless_allowed(await guard.wait_async(step)))
    return result


def _leaves(result: Any) -> bool:
    """Whether this is an answer to a person, out of a session that holds anything worth a question."""
    run = here().run
    return run is not None and run.above is None and isinstance(result, str) and bool(run.session.labels)
