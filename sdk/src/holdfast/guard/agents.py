"""`@holdfast.agent` and `holdfast.session`: who acts, and in which conversation."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from holdfast.action import Actor
from holdfast.guard.answers import Answer, make_answer, review, review_async
from holdfast.guard.around import Thunk, surround
from holdfast.guard.disclosing import Form, disclose, disclose_async
from holdfast.guard.guard import Guard
from holdfast.guard.here import Here, rejoin, stand
from holdfast.guard.process import current
from holdfast.guard.sessions import LiveSession
from holdfast.guard.step import Step
from holdfast.guard.tools import refuse_unless_allowed

P = ParamSpec("P")
R = TypeVar("R")


class session:  # noqa: N801  # it reads as a verb: `with holdfast.session():`
    """A conversation or job that may hold many runs; works in `with` and in `async with`.

    Args:
        id: the session to go on with; a new one when empty.
        person: on whose behalf agents act in it.
        endorse: values that the person has chosen, for critical arguments.
        tags: what budgets count it by: `{"customer": "acme", "workflow": "refunds", "cost_centre": "7"}`.
    """

    def __init__(
        self,
        id: str = "",  # noqa: A002  # its own word
        *,
        person: str = "",
        endorse: Iterable[str] = (),
        tags: Mapping[str, str] | None = None,
    ) -> None:
        self._id = id
        self._tags = dict(tags or {})
        self._person = person
        self._endorse = (endorse,) if isinstance(endorse, str) else tuple(endorse)
        self._token: Any = None
        self._live: LiveSession | None = None

    def __enter__(self) -> LiveSession:
        live = current().session(self._id, person=self._person)
        for text in self._endorse:
            live.endorse(text)
        if self._tags:
            live.tags = {**live.tags, **self._tags}
        self._live, self._token = live, stand(Here(session=live, person=self._person or live.person))
        return live

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        rejoin(self._token)
        assert self._live is not None, "entered before it is left"
        start, self._live.ambient = self._live.ambient, None
        if isinstance(start, Step):
            current().end(start, error=error)

    async def __aenter__(self) -> LiveSession:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, at)


def agent(
    name: str,
    *,
    version: str = "",
    owner: str = "",
    tools: Iterable[str] = (),
    models: Iterable[str] = (),
    quarantine: Mapping[str, Any] | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make each call of a function one run of the agent `name`.

    Args:
        name: who acts.
        version: anything that changes when the agent does.
        owner: who answers for it.
        tools: what it says it uses, for the registry; what it *may* use stands in the policies.
        models: the models it says it uses, as `provider/model`.
        quarantine: a closed JSON Schema: the agent works in a session of its own, and only an answer that
            keeps it comes back, without the labels of what was read there.

    Raises:
        Misconfigured: the schema lets text through that nobody thought of.
    """
    actor = Actor(name, version, owner)
    uses = (tuple(tools), tuple(models))
    answer = None if quarantine is None else make_answer(name, quarantine)

    def govern(function: Callable[P, R]) -> Callable[P, R]:
        return surround(function, _Runs(function, actor, *uses, answer=answer))

    return govern


class _Runs:
    """What stands around each call of an agent's function."""

    def __init__(
        self,
        function: Callable[..., Any],
        actor: Actor,
        tools: tuple[str, ...],
        models: tuple[str, ...],
        *,
        answer: Answer | None = None,
    ) -> None:
        self._function, self._actor = function, actor
        self._tools, self._models = tools, models
        self._answer = answer
        self._streams = inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)

    def passes(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:  # noqa: ARG002  # every call is a run
        return False

    def enter(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Step, Thunk]:
        guard = current()
        start = refuse_unless_allowed(guard.wait(self._begin(guard, args, kwargs)))

        def make() -> Any:
            if self._streams:
                return disclose(guard, lambda: self._function(*args, **kwargs), Form())
            return review(guard, self._check(self._function(*args, **kwargs)))

        return start, make

    async def enter_async(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Step, Thunk]:
        guard = current()
        start = refuse_unless_allowed(await guard.wait_async(self._begin(guard, args, kwargs)))

        async def make() -> Any:
            return await review_async(guard, self._check(await self._function(*args, **kwargs)))

        if self._streams:
            return start, lambda: disclose_async(guard, lambda: self._function(*args, **kwargs), Form())
        return start, make

    def leave(self, step: Step, *, result: Any = None, error: BaseException | None = None) -> Any:
        current().end(step, result=result, error=error)
        return result

    def _check(self, result: Any) -> Any:
        if self._answer is not None:
            self._answer.check(result)
        return result

    def _begin(self, guard: Guard, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
        """Begin a run; the words it is called with are what it was asked to do."""
        words = [value for value in (*args, *kwargs.values()) if isinstance(value, str)]
        guard.announce(self._actor, tools=self._tools, models=self._models)
        return guard.begin(self._actor, input="\n".join(words), apart=self._answer is not None)
