"""The way out: what an agent answers to a person is judged, and what a quarantined one answers is checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from holdfast.action import RESERVED_PREFIX, Kind, canonicalise
from holdfast.decision import Bundle
from holdfast.decision.content import Place
from holdfast.decision.flow.vocabulary import openings
from holdfast.decision.projection import references
from holdfast.decision.session import UNTRUSTED
from holdfast.decision.stages.flow import CONFIDENTIAL
from holdfast.decision.validation import Validator, make_result_validator, problems
from holdfast.errors import Denied, Invalid, Misconfigured
from holdfast.guard.guard import Guard
from holdfast.guard.here import here
from holdfast.guard.signature import plain
from holdfast.guard.step import Step
from holdfast.guard.tools import refuse_unless_allowed

ARGUMENT: Final = "text"
"""What an answer is called when it is judged."""


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
    asked = _as_data(result)
    return _let_out(guard, guard.wait(guard.enter(Kind.OUTPUT, "", {ARGUMENT: asked})), asked, result)


async def review_async(guard: Guard, result: Any) -> Any:
    """`review`, without stopping the event loop."""
    if not _leaves(guard, result):
        return result
    asked = _as_data(result)
    step = await guard.enter_async(Kind.OUTPUT, "", {ARGUMENT: asked})
    return _let_out(guard, await guard.wait_async(step), asked, result)


class Outlook:
    """Whether the rules could have anything against an answer, as its session stands now."""

    def __init__(self, guard: Guard) -> None:
        self._guard, self._run = guard, here().run
        self._enforcing = guard.settings.mode == "enforce"
        self._bundle: Bundle | None = None
        self._ready = False
        self._asks = False

    @property
    def outermost(self) -> bool:
        """Whether what is answered here leaves for a person."""
        return self._run is not None and self._run.above is None

    @property
    def pausing(self) -> bool:
        """Whether the run stops here only until people have answered, and what it said is no answer yet."""
        return self._run is not None and bool(self._run.waiting)

    @property
    def clouded(self) -> bool:
        """Whether what goes out now could turn out to be what may not leave."""
        if self._run is None or not self._enforcing:
            return False
        bundle, labels = self._guard.rules.bundle, self._run.session.labels
        if not (labels or bundle.content):
            return False
        if bundle is not self._bundle:
            self._bundle, self._ready = bundle, False
        if not self._ready:
            self._ready, self._asks = True, _asks_about_labels(bundle)
        if _reads_answers(bundle):
            return True
        if UNTRUSTED in labels and not labels.isdisjoint(CONFIDENTIAL):
            return True
        return bool(labels) and (self._asks or not labels.isdisjoint(bundle.flow.readers))


def _reads_answers(bundle: Bundle) -> bool:
    """Whether a rule about content looks at what agents answer, or labels what models do."""
    return any(Place.OUTPUT in rule.at or Place.ANSWERS in rule.at for rule in bundle.content.rules)


def _asks_about_labels(bundle: Bundle) -> bool:
    """Whether a policy that can forbid an answer looks at labels."""
    gate = bundle.gates.get(RESERVED_PREFIX + Kind.OUTPUT)
    forbids = [one for one in gate.policies if one.effect == "forbid"] if gate is not None else []
    bodies = (clause.body for policy in forbids for clause in policy.conditions)
    return any(path[:1] in {(), ("labels",)} for body in bodies for path in references(body))


def _as_data(result: Any) -> Any:
    """What is judged of an answer: its data, or the words for what is none."""
    data = plain(result)
    if isinstance(data, str):
        return data
    try:
        canonicalise({ARGUMENT: data})
    except Invalid:
        return str(data)
    return data


def _let_out(guard: Guard, step: Step, asked: Any, result: Any) -> Any:
    allowed = refuse_unless_allowed(step).arguments[ARGUMENT]
    guard.leave(step)
    return result if allowed == asked else allowed


def _leaves(guard: Guard, result: Any) -> bool:
    """Whether this is an answer to a person that anything could be said about."""
    run = here().run
    if run is None or run.above is not None or not isinstance(result, str | dict | list) or not result:
        return False
    return bool(run.session.labels) or bool(guard.rules.bundle.content)
