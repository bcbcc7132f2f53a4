"""What rules about content do to what a step says and is told, at each place where a text passes."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from holdfast.action import Action
from holdfast.decision import Bundle
from holdfast.decision.content import Content, Objection
from holdfast.decision.content.passing import UNREAD
from holdfast.guard.contents import Answering, Contents, Items
from holdfast.guard.judging import with_arguments
from holdfast.guard.rules import Rules
from holdfast.guard.step import Call, Step

log = logging.getLogger("holdfast")


class Texts:
    """Asks the rules in force; without any about content every text passes as it is."""

    def __init__(self, rules: Rules, contents: Contents | None, *, enforcing: bool) -> None:
        self._rules = rules
        self._contents = contents
        self._enforcing = enforcing

    def read(self, call: Call, bundle: Bundle, session: str) -> tuple[Call, tuple[Objection, ...]]:
        """The call as it may be judged, and what speaks against it; what cannot be read is objected to."""
        if not bundle.content or self._contents is None:
            return call, ()
        try:
            read, objections = self._contents.prepare(call, bundle.content, session)
        except Exception:
            log.exception("holdfast: the arguments of %s could not be read", call.target)
            return call, (UNREAD,)
        return (read if self._enforcing else call), objections

    def read_edited(self, step: Step, action: Action) -> tuple[Action, tuple[Objection, ...]]:
        """What a person wrote in the place of held arguments, as rules about content let it run."""
        content = self._rules.bundle.content
        if not content or self._contents is None:
            return action, ()
        call = Call(action.kind, action.target, action.arguments)
        try:
            arguments, objections = self._contents.edited(call, content, step.run.session.id)
        except Exception:
            log.exception("holdfast: the arguments of %s could not be read", action.target)
            return action, (UNREAD,)
        return with_arguments(action, arguments), objections

    def show(self, step: Step, make: Callable[[], Any]) -> Callable[[], Any]:
        """The call with its result shown as the rules want it."""
        contents, content = self._in_force()
        return make if contents is None else contents.around(step, make, content)

    def show_async(self, step: Step, make: Callable[[], Awaitable[Any]]) -> Callable[[], Awaitable[Any]]:
        """`show` for a coroutine function."""
        contents, content = self._in_force()
        return make if contents is None else contents.around_async(step, make, content)

    def answering(self, step: Step) -> Answering | None:
        """What is done about the answer of a model call; None when nothing is."""
        contents, content = self._in_force()
        return None if contents is None else contents.answering(step, content)

    def items(self, step: Step) -> Items | None:
        """What is done about the items of a generator; None when nothing is."""
        contents, content = self._in_force()
        return None if contents is None else contents.items(step, content)

    def labels(self, step: Step, text: str) -> tuple[str, ...]:
        """The labels of what a result holds."""
        content = self._rules.bundle.content
        return self._contents.labels(step, text, content) if content and self._contents is not None else ()

    def _in_force(self) -> tuple[Contents | None, Content]:
        content = self._rules.bundle.content
        return (self._contents if content and self._enforcing else None), content
