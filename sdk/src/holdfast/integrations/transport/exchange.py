"""One model call on its way: read from the request, judged, and closed with what the answer used."""

from __future__ import annotations

import hashlib
import json
import math
import time
from dataclasses import dataclass, field
from typing import Any, Final

from holdfast.action import Estimate
from holdfast.guard import Guard, Model, Step
from holdfast.record import Usage, estimate_max, read_usage
from holdfast.record.models.cutting import CHARACTERS_A_TOKEN, Cutter
from holdfast.record.models.dialect import Answered, Dialect
from holdfast.record.models.dialects import HOSTS, find_dialect
from holdfast.record.models.rewriting import CODINGS, Rewriter
from holdfast.record.models.streams import EventReader, Inflater
from holdfast.record.models.stripping import strip_tools
from holdfast.record.models.texts import put_texts, read_texts

BODY_BYTES_MAX: Final = 64 * 1024 * 1024


GOVERNED: Final = frozenset({"chat", "responses", "messages"})
"""The APIs whose calls are judged in the agent's own process; the gateway judges more."""
BUDGET_SPENT: Final = "holdfast_budget_spent"
"""The code of a refusal that no retry can help: raise the budget, or wait until it begins anew."""


class ModelCallFailed(Exception):
    """The provider answered with an error; its name stands in the record."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the provider answered {status}")
        self.status = status


@dataclass
class Call:
    """A request that asks a model something."""

    dialect: Dialect
    body: dict[str, Any]
    provider: str
    content: bytes
    tokens_out_default: int
    tokens_out_left: int | None = None
    """How long the answer may be, when the request names no limit and a budget leaves less than usual."""

    read: bool = False
    """Whether rules about content read what is said."""

    def __post_init__(self) -> None:
        self.asked = self.dialect.read_request(self.body)
        self._said = {name: self.body[name] for name in self.dialect.said if name in self.body}

    @property
    def texts(self) -> tuple[str, ...]:
        """What is said, for rules about content."""
        return tuple(read_texts(self._said)) if self.read else ()

    @property
    def tokens_in(self) -> int:
        """The most that the question can count."""
        return math.ceil(len(self.content) / CHARACTERS_A_TOKEN)

    @property
    def tokens_out_max(self) -> int | None:
        """The limit of the answer that is sent: the one that was asked for, or what is left."""
        return self.tokens_out_left if self.asked.tokens_out_max is None else self.asked.tokens_out_max

    @property
    def target(self) -> str:
        """The model, as policies name it."""
        return f"{self.provider}/{self.asked.model}"

    @property
    def arguments(self) -> dict[str, Any]:
        """What is judged of a model call: small, plain, and different whenever the conversation is."""
        limit = self.tokens_out_max
        return {
            "model": self.asked.model,
            "messages": len(self.asked.messages),
            "tools": [name for name in self.asked.tools if name not in self.asked.hosted],
            "stream": self.asked.streamed,
            "request": hashlib.blake2b(self.content, digest_size=8).hexdigest(),
            **({} if limit is None else {"max_tokens": limit}),
            **({"hosted_tools": list(words)} if (words := self.dialect.hosted_words(self.body)) else {}),
        }

    @property
    def estimate(self) -> Estimate:
        """The most it can use: what is reserved before it is sent."""
        tokens_out = self.tokens_out_max or self.tokens_out_default
        return Estimate(
            self.tokens_in, tokens_out, estimate_max(self.asked.model, self.tokens_in, tokens_out)
        )

    def changed_body(self, step: Step) -> bytes | None:
        """The body with what a policy or a budget changed, or None when nothing was."""
        reworded = self.read and step.texts != self.texts
        if not (reworded or step.changed) and self.tokens_out_max == self.asked.tokens_out_max:
            return None
        body = dict(self.body)
        if reworded:
            body |= put_texts(self._said, step.texts)
            self.asked = self.dialect.read_request(body)
        body = self._without_refused(body, step) if step.changed else body
        body["model"] = step.arguments.get("model", self.asked.model)
        if "max_tokens" in step.arguments:
            name = next((one for one in self.dialect.limits if one in body), self.dialect.limits[0])
            body[name] = step.arguments["max_tokens"]
        return json.dumps(body).encode()

    def _without_refused(self, body: dict[str, Any], step: Step) -> dict[str, Any]:
        """The request without the tools that rules took out of what is offered."""
        asked, left = self.arguments, step.arguments
        tools, hosted = (
            [one for one in asked.get(name, ()) if one not in left.get(name, ())]
            for name in ("tools", "hosted_tools")
        )
        return strip_tools(self.dialect, body, tools=tools, hosted=hosted)

    def refusal(self, step: Step) -> bytes:
        """The body of a refusal: typed, so that no client tries again."""
        body = self.dialect.refusal(step.message, code_of(step))
        reasons = [{"rule": r.rule, "message": r.message, "cure": r.cure} for r in step.decision.reasons]
        body["holdfast"] = {"verdict": step.verdict, "step": step.id, "reasons": reasons}
        return json.dumps(body).encode()


def code_of(step: Step) -> str:
    """What a client reads as the error's code: a spent budget has one of its own."""
    spent = any(reason.category == "budget" for reason in step.decision.reasons)
    return BUDGET_SPENT if spent else f"holdfast_{step.verdict}"


def read_call(guard: Guard, method: str, host: str, path: str, content: bytes) -> Call | None:
    """The model call that a request is; None for all other traffic."""
    dialect = find_dialect(method, path)
    if dialect is None or dialect.api not in GOVERNED or len(content) > BODY_BYTES_MAX:
        return None
    try:
        body = json.loads(content)
    except ValueError:
        return None
    if not isinstance(body, dict) or "model" not in body:
        return None
    provider = HOSTS.get(host, dialect.provider)
    call = Call(dialect, body, provider, content, guard.settings.guard.output_tokens)  # pyright: ignore[reportUnknownArgumentType]  # json returns Any by nature
    if call.asked.tokens_out_max is None:
        call.tokens_out_left = guard.limit_tokens(call.asked.model, call.tokens_in)
    call.read = guard.reads_requests(call.target)
    return call


@dataclass
class Exchange:
    """A call that was sent: listens to the answer and closes the step with what it used."""

    guard: Guard
    call: Call
    step: Step
    status: int = 0
    streamed: bool = False
    answered: Answered = field(default_factory=Answered)
    cutter: Cutter | None = None
    counted_by: str = ""
    """The step of a gateway of ours that counts and pays this call."""
    _first_ns: int = 0
    _body: bytearray = field(default_factory=bytearray)

    def begin(self, status: int, content_type: str, coding: str, *, streaming: bool) -> Rewriter | None:
        """The head of the answer is there; what comes back rewrites the rest, when rules want that.

        When budgets count how long it gets, `cutter` is there afterwards.
        """
        self.status = status
        self.streamed = "event-stream" in content_type
        coding = coding.strip().lower()
        if streaming and self.streamed and status < 400 and coding in CODINGS:
            self.cutter = self._make_cutter(coding)
            coding = "" if self.cutter else coding
        rules = self.guard.answering(self.step) if status < 400 else None
        found = Rewriter(self.call.dialect, rules, streamed=self.streamed, coding=coding) if rules else None
        # What is heard is what goes on: then it has no coding any more.
        self._inflate = Inflater("" if found else coding)
        self._events = EventReader(lambda event: self.call.dialect.read_event(event, self.answered))
        return found

    def _make_cutter(self, coding: str) -> Cutter | None:
        more = self.guard.meter(self.step)
        if more is None:
            return None
        call = self.call
        return Cutter(
            call.dialect,
            call.body,
            more,
            coding=coding,
            tokens_in=call.tokens_in,
            tokens_out=call.tokens_out_max or call.tokens_out_default,
            limited=call.tokens_out_max is not None,
        )

    def hear(self, chunk: bytes) -> None:
        """Some bytes of the answer passed."""
        if not self._first_ns:
            self._first_ns = time.time_ns()
        plain = self._inflate(chunk)
        if self.streamed:
            self._events.feed(plain)
        elif len(self._body) < BODY_BYTES_MAX:
            self._body += plain

    def read(self, content: bytes) -> None:
        """The whole answer is there, decoded."""
        self._body = bytearray(content)
        self.close(None)

    def close(self, error: BaseException | None) -> None:
        """The answer is over: settle what it used."""
        if self.streamed:
            self._events.finish()
        else:
            self._read_whole()
        if error is None and self.status >= 400:
            error = ModelCallFailed(self.status)
        usage, estimated = self._usage()
        self.step.model = self._model(estimated=estimated)
        text = "".join(self.answered.text)
        self.guard.leave(self.step, result=text, error=error, usage=usage)

    def _read_whole(self) -> None:
        try:
            body = json.loads(self._body)
        except ValueError:
            return
        if isinstance(body, dict) and self.status < 400:
            self.call.dialect.read_answer(body, self.answered)  # pyright: ignore[reportUnknownArgumentType]  # as above

    def _usage(self) -> tuple[Usage, bool]:
        """What the provider says was used, or our own count when it says nothing of an answer that came."""
        if self.counted_by:
            return Usage(), False
        cut = self.cutter is not None and self.cutter.over
        if self.answered.usage:
            return read_usage(self.answered.usage), cut
        if self.status >= 400 or not self.answered.length:
            return Usage(), self.status < 400
        tokens_out = math.ceil(self.answered.length / CHARACTERS_A_TOKEN)
        return Usage(input_tokens=self.call.tokens_in, output_tokens=tokens_out), True

    def _model(self, *, estimated: bool) -> Model:
        return Model(
            provider=self.call.provider,
            name=self.answered.model or self.call.asked.model,
            streamed=self.streamed,
            messages_in=self.call.asked.messages,
            messages_out=self.answered.messages,
            first_token_ns=self._first_ns,
            finish=self.answered.finish,
            id=self.answered.id,
            estimated=estimated,
            counted_by=self.counted_by,
        )
