"""Asking people: one question for each held step, waited for until somebody answers or time runs out."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from typing import Final

import msgspec

from holdfast.client import Approval, ApprovalRequest, Link
from holdfast.guard.step import Step
from holdfast.record import redact, redact_text

POLL_S: Final = 20.0
"""One long poll; the server answers earlier when somebody does."""
REACH_S: Final = 120.0
"""How long to try to place a question while the server is away, e.g. restarting."""
RETRY_S: Final = 0.5


class Asking:
    """Places questions and waits for their answers."""

    def __init__(
        self, link: Link, *, ttl_s: float, waiting_max: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._link = link
        self._ttl_s = ttl_s
        self._slots = threading.BoundedSemaphore(waiting_max)
        self._clock = clock
        self._closing = threading.Event()

    def place(self, step: Step, *, patient: bool) -> bool:
        """Ask about a step, once; False when nobody can be reached.

        Args:
            step: the held step; its `approval` is set.
            patient: keep trying for a while when the server is away.
        """
        if step.approval:
            return True
        request, key = _request(step, self._ttl_s), _key(step)
        until = self._clock() + (REACH_S if patient else 0)
        while not step.approval:
            placed = self._link.ask(request, key=key)
            step.approval = placed.id if placed else ""
            if step.approval or self._clock() >= until or self._closing.wait(RETRY_S):
                break
        return bool(step.approval)

    def look(self, step: Step) -> Approval | None:
        """The answer as it stands now."""
        return self._link.answer(step.approval, 0) if step.approval else None

    def await_answer(self, step: Step, over: Callable[[], bool]) -> Approval | None:
        """Wait for the answer; None when time ran out, too many wait already, or `over` said to stop."""
        if not self._slots.acquire(blocking=False):
            return None
        try:
            until = self._clock() + self._ttl_s
            while self._clock() < until and not over() and not self._closing.is_set():
                before = self._clock()
                found = self._link.answer(step.approval, min(POLL_S, max(until - before, 0)))
                if found is not None and not found.pending:
                    return found
                if found is None or self._clock() - before < RETRY_S:
                    self._closing.wait(RETRY_S)  # away, or answering at once: do not hammer it
        finally:
            self._slots.release()
        return None

    def use(self, approval: str, digest: str, step: str) -> bool:
        """Use an approval for exactly this action; true once."""
        return self._link.use(approval, digest, step)

    def close(self) -> None:
        """Let everyone go who waits; silence is refusal."""
        self._closing.set()


def _request(step: Step, ttl_s: float) -> ApprovalRequest:
    action, decision = step.action, step.decision
    return ApprovalRequest(
        step=action.id,
        run=action.run,
        session=action.session,
        trace=action.trace,
        agent=action.actor.agent,
        version=action.actor.version,
        owner=action.actor.owner,
        person=action.person,
        chain=tuple(link.agent for link in action.chain),
        kind=action.kind,
        target=action.target,
        effect=action.effect,
        arguments=redact(action.arguments),
        digest=action.digest,
        reasons=msgspec.to_builtins(decision.reasons),
        roles=decision.roles,
        unendorsed=tuple(redact_text(item) for item in decision.unendorsed),
        labels=decision.labels,
        ttl_s=round(ttl_s),
        title=redact_text(step.title or step.run.title),
        framework=step.framework,
        contract=step.contract,
    )


def _key(step: Step) -> str:
    """The same for the same call, also in another process that resumes it: it meets the same question."""
    parts = (step.run.session.id, step.call_id or step.id, step.asked_digest)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
