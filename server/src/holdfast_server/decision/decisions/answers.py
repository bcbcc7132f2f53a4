"""The same idempotency key brings the same answer back; a key used for another question is refused.

What is kept of an answer has no secrets in it: its arguments are put together again from the question.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Final, TypeVar

import msgspec

from holdfast.action import canonicalise, digest
from holdfast.record import redact, restore
from holdfast_server.decision.decisions.minutes import Answering
from holdfast_server.decision.decisions.question import Answered, Question
from holdfast_server.errors import Conflict
from holdfast_server.kit.db import Database
from holdfast_server.kit.idempotency import digest_request, find_made

T = TypeVar("T", bound=msgspec.Struct)
_read = msgspec.json.Decoder(Answered).decode
RECENT_MAX: Final = 10_000
"""Answers known without asking the tables, which learn of them a moment later."""


class Answers:
    """Finds what a key brought before."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._recent: OrderedDict[str, Answering] = OrderedDict()

    async def find(self, key: str | None, question: Question, judged: Question) -> Answered | None:
        """The answer that this key brought; None when it is new.

        Args:
            key: the key.
            question: what was asked.
            judged: the same as it is judged, after rules about content.

        Raises:
            Conflict: the key came with another question.
        """
        if key is None:
            return None
        name, request = _name(key), digest_request(question)
        recent = self._recent.get(name)
        if recent is not None and recent.request != request:
            raise Conflict("this Idempotency-Key came with another request before", hint="Use a new key.")
        made = recent.made if recent else None
        if made is None:
            async with self._db.read() as connection:
                made = await find_made(connection, name, request)
        return _whole(made, judged) if made is not None else None

    def keep(self, key: str | None, question: Question, answered: Answered) -> Answering | None:
        """What is to be kept of an answer, and is found from now on."""
        if key is None:
            return None
        # What the rules read is quoted in the reasons and in the explanation.
        shown = msgspec.structs.replace(
            answered,
            arguments=redact(answered.arguments),
            unendorsed=tuple(redact(list(answered.unendorsed))),
            reasons=tuple(map(_redacted, answered.reasons)),
            explanation=tuple(map(_redacted, answered.explanation)),
        )
        kept = Answering(_name(key), digest_request(question), msgspec.json.encode(shown).decode())
        self._recent[kept.key] = kept
        if len(self._recent) > RECENT_MAX:
            self._recent.popitem(last=False)
        return kept


def _redacted(value: T) -> T:
    plain: dict[str, Any] = msgspec.structs.asdict(value)
    return msgspec.structs.replace(value, **{name: redact(told) for name, told in plain.items()})


def _name(key: str) -> str:
    return f"decision:{key}"


def _whole(made: str, question: Question) -> Answered:
    kept = _read(made)
    original, _ = canonicalise(question.arguments)
    exact = restore(kept.arguments, shown=redact(original), original=original)
    _, canonical = canonicalise(exact)
    if digest(question.kind, question.target, canonical) != kept.digest:
        raise Conflict("the answer cannot be put together again", hint="Ask with a new key.")
    return msgspec.structs.replace(kept, arguments=exact)
