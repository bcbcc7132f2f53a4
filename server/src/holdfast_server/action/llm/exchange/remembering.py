"""What one call has to do with the cache of its route: it looks there first, and leaves its answer there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import Final, cast

from holdfast.decision.content import Family, scan
from holdfast.record import Usage
from holdfast.record.models import Answered
from holdfast.record.models.parts import Json, read_json
from holdfast_server.action.llm.caches import Caches, Hit, Kept, Lookup, Scope, read_lookup
from holdfast_server.action.llm.caches.embedding import Post
from holdfast_server.action.llm.exchange.asking import Question
from holdfast_server.action.llm.exchange.house import House
from holdfast_server.action.llm.exchange.refusing import DIALECTS
from holdfast_server.action.llm.exchange.settling import close, marks_of
from holdfast_server.action.llm.exchange.step import Step
from holdfast_server.action.llm.routing import Plan
from holdfast_server.action.llm.seam import Headers, Reply, Request

PERSONAL: Final = frozenset({Family.PII})
STREAM_MAX: Final = 8 * 1024 * 1024
"""A stream longer than this is not kept."""
FULL: Final = frozenset({"stop", "end_turn", "stop_sequence", "completed", "STOP", ""})
"""How an answer ends that says all it had to say."""
_judging: set[asyncio.Task[bool]] = set()
"""Comparisons under way: the loop itself keeps no task alive."""


class Memory:
    """Looks once, before the first try, and keeps what came of the last."""

    __slots__ = (
        "_caches",
        "_lookup",
        "_pieces",
        "_plan",
        "_post",
        "_question",
        "_request",
        "_sampled",
        "_size",
        "looked",
    )

    def __init__(
        self, caches: Caches, request: Request, question: Question, plan: Plan, post: Post | None
    ) -> None:
        self._caches, self._request, self._question, self._plan = caches, request, question, plan
        self._post = post
        self._lookup: Lookup | None = None
        self._sampled: Hit | None = None
        self._pieces: list[bytes] | None = [] if question.streamed else None
        self._size = 0
        self.looked = False
        """Whether it was looked for."""

    def find(self, step: Step) -> Hit | Awaitable[Hit | None] | None:
        """The answer that was given before to this, or to what means the same."""
        self.looked = True
        terms = self._plan.route.cache
        if terms is None or step.changed:
            return None
        key = step.caller.key
        scope = Scope(key.project, key.agent, frozenset(step.session.labels), step.decision.bundle)
        request = self._request
        lookup = self._lookup = read_lookup(
            self._plan.route,
            self._question.api,
            target=request.target,
            body=request.body,
            headers=request.headers,
            scope=scope,
            personal=not terms.personal and _is_personal(request.body),
        )
        if lookup is None:
            return None
        now_ns = time.time_ns()
        hit = self._caches.find(lookup, now_ns)
        if hit is not None or not lookup.frame:
            return hit
        return self._find_alike(lookup, now_ns)

    async def _find_alike(self, lookup: Lookup, now_ns: int) -> Hit | None:
        hit = await self._caches.find_alike(lookup, now_ns, self._post)
        if hit is not None and hit.sampled:
            self._sampled = hit
            return None
        return hit

    def add(self, piece: bytes) -> None:
        """A piece of a stream, as its client got it."""
        if self._pieces is None or self._lookup is None:
            return
        self._size += len(piece)
        self._pieces.append(piece)
        if self._size > STREAM_MAX:
            self._pieces = None

    def keep(self, step: Step, status: int, headers: Headers, body: bytes) -> None:
        """Keep a whole answer, as its client got it, once it is settled."""
        if self._lookup is None or step.status != "done":
            return
        answered = Answered()
        found = read_json(body)
        if isinstance(found, dict):
            DIALECTS[self._question.api].read_answer(cast("Json", found), answered)
        self._keep(step, status, headers, body, answered)

    def keep_stream(self, step: Step, headers: Headers, answered: Answered) -> None:
        """Keep a stream that came to its end, as its client got it."""
        if self._lookup is not None and self._pieces is not None and step.status == "done":
            self._keep(step, 200, headers, b"".join(self._pieces), answered)

    def _keep(self, step: Step, status: int, headers: Headers, body: bytes, answered: Answered) -> None:
        lookup = self._lookup
        # A tool call is judged each time that it is made, so an answer that makes one is asked for each time.
        if lookup is None or answered.calls or answered.finish not in FULL:
            return
        said = "".join(answered.text)
        used = step.usage
        plain = [pair for pair in headers if pair[0].lower() == b"content-type"]
        kept = Kept(
            status, plain, body, said, step.provider, step.answer_model or step.model,
            used.input_tokens, used.output_tokens, step.cost_micro_usd,
        )  # fmt: skip
        self._caches.keep(lookup, kept, time.time_ns())
        if self._sampled is not None:
            task = asyncio.ensure_future(self._caches.judge(lookup, self._sampled, said, self._post))
            _judging.add(task)
            task.add_done_callback(_judging.discard)


def replay(house: House, step: Step, hit: Hit) -> Reply:
    """Give an answer again: it costs nothing, and what it would have cost is written beside it."""
    kept, step.clamp = hit.kept, None
    step.cache, step.avoided_micro_usd = hit.kind, kept.cost_micro_usd or 0
    step.answer, step.answer_model, step.usage = kept.body, kept.model, Usage()
    close(house, step, "done")
    marks = [(b"x-holdfast-cache", hit.kind.encode()), (b"age", str(int(hit.age_s)).encode())]
    return Reply(kept.status, [*kept.headers, *marks_of(step), *marks], kept.body)


def _is_personal(body: bytes) -> bool:
    return any(one.family is Family.PII for one in scan(body.decode("utf-8", "replace"), PERSONAL))
