"""Rules about content on the way through the decision API: as in the guard, for programs without it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog

from holdfast.action import Action, Kind
from holdfast.decision import Bundle
from holdfast.decision.content import Objection, Place
from holdfast.decision.content.passing import PLACES, UNREAD, read_arguments, read_result
from holdfast.record.vault import Vault
from holdfast_server.decision.decisions.acting import KINDS
from holdfast_server.decision.decisions.question import Question

AT_ONCE_MAX: Final = 16 * 1024
"""Bytes that are read on the event loop; more is read beside it, so that nobody else waits."""
WITHHELD: Final = f"Withheld: {UNREAD.message}"

log = structlog.get_logger(__name__)


class Prepared(msgspec.Struct, frozen=True, gc=False):
    """A question as it may be judged."""

    question: Question
    objections: tuple[Objection, ...] = ()
    kinds: tuple[str, ...] = ()
    """Of what was taken out of its arguments."""
    changed: bool = False
    """Whether other arguments are judged than were sent."""


class Showing(msgspec.Struct, frozen=True, gc=False):
    """A result as the agent may see it, and the labels it brings."""

    value: Any
    labels: tuple[str, ...] = ()
    changed: bool = False


class Contents:
    """Applies the rules about content of whatever bundle judges."""

    def __init__(self, data: Path) -> None:
        """Begin.

        Args:
            data: where the values behind tokens are kept, encrypted.
        """
        self._vault = Vault(data)

    async def prepare(self, question: Question, bundle: Bundle) -> Prepared:
        """A question with what rules take out replaced; what cannot be read is objected to."""
        if not bundle.content:
            return Prepared(question)
        if len(msgspec.json.encode(question.arguments)) <= AT_ONCE_MAX:
            return self._prepare(question, bundle)
        return await asyncio.to_thread(self._prepare, question, bundle)

    async def show(self, action: Action, result: Any, bundle: Bundle) -> Showing:
        """A result as rules let the agent see it; what cannot be read is withheld."""
        if not bundle.content or result is None:
            return Showing(result)
        if len(msgspec.json.encode(result)) <= AT_ONCE_MAX:
            return self._show(action, result, bundle)
        return await asyncio.to_thread(self._show, action, result, bundle)

    def _prepare(self, question: Question, bundle: Bundle) -> Prepared:
        place = PLACES.get(KINDS[question.kind])
        if place is None:
            return Prepared(question)
        find, name = self._vault.finder(question.session), self._vault.namer(question.session)
        try:
            passed = read_arguments(question.arguments, bundle.content, place, question.target, find, name)
        except Exception:
            log.exception("arguments_unread", target=question.target)
            return Prepared(question, (UNREAD,))
        if passed.arguments is question.arguments:
            return Prepared(question, passed.objections)
        return Prepared(
            msgspec.structs.replace(question, arguments=passed.arguments),
            passed.objections,
            passed.kinds,
            changed=True,
        )

    def _show(self, action: Action, result: Any, bundle: Bundle) -> Showing:
        place = Place.ANSWERS if action.kind is Kind.MODEL else Place.RESULTS
        try:
            shown = read_result(
                result, bundle.content, place, action.target, self._vault.namer(action.session)
            )
        except Exception:
            log.exception("result_unread", target=action.target)
            return Showing(WITHHELD, changed=True)
        return Showing(shown.value, tuple(sorted(shown.labels or ())), shown.value is not result)
