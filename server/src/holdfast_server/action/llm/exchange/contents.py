"""What rules about content do to a question before it is judged, and to an answer before it is seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

import msgspec

from holdfast.decision import Decision, Reason, Verdict
from holdfast.decision.content import ContentRule, Finding, Objection, Place, Reading, Stream
from holdfast.record.models.parts import Json, read_json
from holdfast.record.models.rewriting import Rewriter
from holdfast.record.models.texts import put_texts, read_texts
from holdfast_server.action.llm.config import Api
from holdfast_server.action.llm.exchange.refusing import DIALECTS
from holdfast_server.action.llm.exchange.scanning import Scanner, families_of

RULE: Final = "holdfast:content"
UNREAD: Final = Objection("deny", (), "this could not be read for what it holds")
"""Our own failure is a refusal."""
_encode = msgspec.json.Encoder().encode


class Read(msgspec.Struct, frozen=True):
    """A question as rules about content let it be asked."""

    body: bytes
    objections: tuple[Objection, ...] = ()


def read_question(scanner: Scanner, api: Api, body: bytes, target: str) -> Read:
    """The body with what was to be replaced replaced, and what speaks against it."""
    if not scanner.active:
        return Read(body)
    try:
        found = read_json(body)
        if not isinstance(found, dict):
            return Read(body, (UNREAD,))
        asked = cast("Json", found)
        said = {name: asked[name] for name in DIALECTS[api].said if name in asked}
        reading = scanner.read(list(read_texts(said)), Place.REQUESTS, target)
        if reading is None or not reading.changed:
            return Read(body, () if reading is None else reading.objections)
        return Read(_encode({**asked, **put_texts(said, reading.value)}), reading.objections)
    except Exception:  # noqa: BLE001  # fail closed: what cannot be read is objected to
        return Read(body, (UNREAD,))


def tighten(decision: Decision, objections: Sequence[Objection], *, approver: str) -> Decision:
    """The decision with what speaks against the content: it can only become stricter."""
    if not objections or decision.verdict in {Verdict.DENY, Verdict.HALT}:
        return decision
    verdict = Verdict.DENY if any(one.do == "deny" for one in objections) else Verdict.ASK
    cure = f"approval:{approver}" if verdict is Verdict.ASK else ""
    reasons = tuple(
        Reason(RULE, "content", one.message, cure if one.do == "ask" else "") for one in objections
    )
    if decision.verdict is Verdict.ASK:
        reasons += decision.reasons
    return msgspec.structs.replace(decision, verdict=verdict, stage="content", reasons=reasons)


class Answering:
    """The rules about what models answer, applied to one answer."""

    def __init__(self, scanner: Scanner, rules: Sequence[ContentRule], target: str) -> None:
        self._scanner, self._rules, self._target = scanner, tuple(rules), target
        self.labels: set[str] = set()
        """The families that were found: labels for the session."""
        self.stops = any(rule.do in {"ask", "deny"} for rule in rules)
        """Whether an answer may have to be withheld, so that it must be read whole first."""

    def read(self, value: Any) -> Reading:
        """A whole answer."""
        reading = self._scanner.read(value, Place.ANSWERS, self._target)
        assert reading is not None, "there are rules about answers"
        self.labels |= reading.labels
        return reading

    def stream(self) -> Stream:
        """For one text that comes in pieces."""
        return Stream(families_of(self._rules), replace=self._replace, look=self._scanner.look)

    def _replace(self, found: Finding, text: str) -> str:
        rules = [rule for rule in self._rules if rule.concerns(found)]
        if not rules:
            return text
        self.labels.add(found.family.value)
        redacts = any(rule.do in {"redact", "token"} for rule in rules)
        return f"[redacted:{found.kind}]" if redacts else text


def answering(scanner: Scanner, rules: Sequence[ContentRule], target: str) -> Answering | None:
    """What is done about a model's answer; None when no rule speaks of it."""
    return Answering(scanner, rules, target) if rules else None


def rewriter(api: Api, about: Answering, *, streamed: bool) -> Rewriter:
    """What lets an answer pass as the rules want it."""
    return Rewriter(DIALECTS[api], about, streamed=streamed, coding="")
