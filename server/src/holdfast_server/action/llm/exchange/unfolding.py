"""From what a worker wrote of a call to what is shipped: two records and a span, read, priced and redacted.

This is the dear part of recording, so it happens in another process, when there is time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from itertools import chain
from typing import Any, Final, cast

import msgspec

from holdfast.decision import Decision, Reason, Verdict
from holdfast.record import Redactor, Scope, ShippedRecord, Usage, chat_span
from holdfast.record import attributes as a
from holdfast.record.models import Answered, Dialect
from holdfast.record.models.dialect import MESSAGES_MAX
from holdfast.record.models.parts import Json, read_json
from holdfast.record.price import Priced
from holdfast.record.span import Attributes, decision_attributes, usage_attributes
from holdfast_server.action.llm.config import Api
from holdfast_server.action.llm.exchange import telling
from holdfast_server.action.llm.exchange.recording import RECORD
from holdfast_server.action.llm.exchange.refusing import DIALECTS
from holdfast_server.action.llm.exchange.telling import Told, read_told
from holdfast_server.action.llm.exchange.watching import data_of
from holdfast_server.action.otlp.plain import PlainSpan

FRAMEWORK: Final = "gateway"
RESULT_MAX: Final = 4 * 1024
TITLE_MAX: Final = 200
REMEMBERED: Final = 20_000
PARTS: Final = frozenset({"parts"})
WORDS: Final = frozenset({"type", "content"})
"""The fields of a part that is words and nothing else."""
US: Final = 1_000
_record = msgspec.json.Decoder(ShippedRecord).decode
_encode = msgspec.json.Encoder(order="sorted").encode

Unfolded = tuple[Sequence[ShippedRecord], Sequence[PlainSpan]]


class Unfolder:
    """Reads the frames of a worker's journal."""

    def __init__(self, *, pii: bool, contents: bool) -> None:
        """Begin.

        Args:
            pii: whether personal data is taken out as well as secrets.
            contents: whether spans carry what was said.
        """
        self._redactor = Redactor(("secret", "pii") if pii else ("secret",))
        self._contents = contents
        self._clean = set[bytes]()
        """Digests of messages that hold nothing: an agent sends all that was said before with every call."""

    def unfold(self, body: bytes) -> Unfolded:
        """The records and the spans of one frame.

        Raises:
            msgspec.MsgspecError: it is no frame of ours.
        """
        match body[:1]:
            case telling.KIND:
                return self._unfold(read_told(body[1:]))
            case kind if kind == RECORD:
                return [_record(body[1:])], []
            case _:
                raise msgspec.DecodeError("no frame of a gateway")

    def _unfold(self, told: Told) -> Unfolded:
        records: list[ShippedRecord] = []
        said = _Said.of(told)
        redactor = _LEFT if self._spares(told, said) else self._redactor
        if told.decided:
            payload = redactor.value(_decision_payload(told, said))
            records.append(ShippedRecord.of(told.log, told.decided_at, told.decided, payload))
        if not told.ended:
            return records, []
        payload = redactor.value(_outcome_payload(told, said))
        records.append(ShippedRecord.of(told.log, told.ended_at, told.ended, payload))
        shown = said if self._contents else _Said()
        return records, [_span(told, shown, redactor.text)]

    def _spares(self, told: Told, said: _Said) -> bool:
        """Whether nothing must be taken out of a call; a message that was read lately is not read again."""
        messages = {
            _digest(one): one for one in (*said.messages_in, *said.messages_out, said.title, said.text)
        }
        fresh = [message for digest, message in messages.items() if digest not in self._clean]
        words = dict.fromkeys(chain.from_iterable(map(_words, fresh)))
        beside = (said.arguments, told.reasons, told.facts, told.obligations, dict(told.tags))
        if not self._redactor.spares((*words, *filter(None, beside), told.error, told.answer_model)):
            return False
        if len(self._clean) > REMEMBERED:
            self._clean.clear()
        self._clean.update(messages)
        return True


class _Left:
    """Stands for a redactor where nothing is to be taken out."""

    def text(self, text: str) -> str:
        return text

    def value(self, value: dict[str, Any]) -> dict[str, Any]:
        return value


_LEFT: Final = _Left()


def _span(told: Told, said: _Said, redact: Callable[[str], str]) -> PlainSpan:
    scope = Scope(
        *(told.trace, told.run, told.session, told.agent, told.version, told.owner, told.person),
        FRAMEWORK,
        tags=told.tags,
    )
    span = chat_span(
        scope,
        told.target.partition("/")[2],
        step=told.step,
        parent=told.parent,
        start_ns=told.started_ns,
        end_ns=told.ended_ns,
        provider=told.target.partition("/")[0],
        messages_in=_encode(said.messages_in) if said.messages_in else b"",
        messages_out=_encode(said.messages_out) if said.messages_out else b"",
        response_model=told.answer_model,
        error=told.error,
        extra=_attributes(told),
    )
    return PlainSpan.of(span, redact)


def _digest(message: Json | str) -> bytes:
    return blake2b(_encode(message), digest_size=16).digest()


def _words(message: Json | str) -> list[str]:
    """What is to be read of a message: words as they were said, and what is more than words as JSON."""
    if isinstance(message, str):
        return [message]
    parts: Sequence[Json] = message["parts"]
    if any(part.keys() != WORDS or part["type"] != "text" for part in parts):
        return [_encode(message).decode()]
    return [str(part["content"]) for part in parts] + [str(message[name]) for name in message.keys() - PARTS]


class _Said(msgspec.Struct, frozen=True):
    """What was said, in the form of the GenAI conventions."""

    messages_in: tuple[Json, ...] = ()
    messages_out: tuple[Json, ...] = ()
    text: str = ""
    title: str = ""
    arguments: Any = None
    """What was asked for, as it was judged."""

    @classmethod
    def of(cls, told: Told) -> _Said:
        dialect, arguments = DIALECTS.get(cast("Api", told.api)), read_json(told.arguments)
        if dialect is None:
            return cls(arguments=arguments)
        asked = _read_question(dialect, told.question)
        answered = _read_answer(dialect, told)
        return cls(asked, answered.messages, "".join(answered.text), _title(asked), arguments)


def _read_question(dialect: Dialect, body: bytes) -> tuple[Json, ...]:
    found = read_json(body) if body else None
    read = dialect.read_messages(cast("Json", found)) if isinstance(found, dict) else ()
    return tuple(read[-MESSAGES_MAX:])


def _read_answer(dialect: Dialect, told: Told) -> Answered:
    answered = Answered()
    if told.streamed and not told.answer.startswith(b"{"):
        for event in told.answer.replace(b"\r\n", b"\n").split(b"\n\n"):
            found = read_json(data_of(event))
            if isinstance(found, dict):
                dialect.read_event(cast("Json", found), answered)
        return answered
    found = read_json(told.answer) if told.answer else None
    if isinstance(found, dict):
        dialect.read_answer(cast("Json", found), answered)
    return answered


def _title(messages: tuple[Json, ...]) -> str:
    """The first words of the person."""
    for message in messages:
        if message.get("role") == "user":
            said = " ".join(str(part.get("content", "")) for part in message.get("parts", ()))
            return " ".join(said[: 2 * TITLE_MAX].split())[:TITLE_MAX]
    return ""


def _decision_payload(told: Told, said: _Said) -> dict[str, Any]:
    return {
        "arguments": said.arguments,
        "reasons": [
            {"rule": rule, "category": category, "message": message, "cure": cure}
            for rule, category, message, cure in told.reasons
        ],
        "obligations": told.obligations,
        "facts": told.facts,
        "took_ns": told.took_ns,
        "framework": FRAMEWORK,
        "title": said.title,
        "digest": told.digest,
        "tags": dict(told.tags),
        "key": told.key,
    }


def _outcome_payload(told: Told, said: _Said) -> dict[str, Any]:
    source, version, model, warnings = told.price
    payload: dict[str, Any] = {
        "result": said.text[:RESULT_MAX],
        "error": told.error,
        "duration_ns": max(0, told.ended_ns - told.started_ns),
        "provider": told.target.partition("/")[0],
        "model": told.answer_model or told.target.partition("/")[2],
        "estimated": told.estimated,
        "own_ns": told.own_ns,
        "upstream_ns": told.upstream_ns,
    }
    if told.usage is not None:
        payload["usage"] = msgspec.to_builtins(told.usage)
    if model:
        payload["price"] = {"source": source, "version": version, "model": model, "warnings": warnings}
    return payload


def _attributes(told: Told) -> Attributes:
    decision = Decision(
        told.step,
        Verdict(told.verdict),
        told.stage,
        tuple(Reason(*one) for one in told.reasons),
        {},
        told.digest,
        told.bundle,
        took_ns=told.took_ns,
        enforced=told.enforced,
    )
    source, version, model, warnings = told.price
    found: Attributes = decision_attributes(decision)
    found += usage_attributes(
        told.usage or Usage(), Priced(told.cost_micro_usd, source, version, model, warnings)
    )
    if told.cost_micro_usd is not None:
        found += ((a.COST_USD, told.cost_micro_usd / 1_000_000),)
    found += (
        ("holdfast.gateway.key", told.key),
        ("holdfast.gateway.own_us", told.own_ns // US),
        ("holdfast.gateway.upstream_us", told.upstream_ns // US),
    )
    if told.streamed:
        found += (("holdfast.gateway.streamed", True),)
    if told.route:
        found += (("holdfast.gateway.route", told.route),)
    if told.cache:
        # Avoided is not spent: no sum of costs looks here.
        found += (
            ("holdfast.gateway.cache", told.cache),
            ("holdfast.gateway.avoided_usd", told.avoided_micro_usd / 1_000_000),
        )
    if told.answer_id:
        found += ((a.RESPONSE_ID, told.answer_id),)
    if told.finish:
        found += ((a.FINISH_REASONS, (told.finish,)),)
    if told.first_ns:
        found += ((TTFT, (told.first_ns - told.started_ns) / 1_000_000_000),)
    if told.gaps:
        found += (("holdfast.gateway.gap_max_us", told.gap_max_ns // US),)
    return found


TTFT: Final = "gen_ai.response.time_to_first_chunk"
