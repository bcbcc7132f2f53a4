"""Asking people: ask, answer, use, expire. Bound to a digest, answered by one person a role, used once."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Final, cast

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.action import digest
from holdfast.record import ApprovalRecord
from holdfast_server.decision.approvals import store
from holdfast_server.decision.approvals.approval import (
    Answer,
    AnswerAsk,
    Approval,
    ApprovalAsk,
    Event,
    State,
    UseAsk,
    after,
)
from holdfast_server.decision.approvals.edit import check_edit
from holdfast_server.decision.approvals.store import ApprovalRow
from holdfast_server.errors import Conflict
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.kit.hub import Hub
from holdfast_server.kit.idempotency import find_made, remember
from holdfast_server.kit.ids import new_id
from holdfast_server.kit.paging import Page, PageAsk, read_cursor, write_cursor
from holdfast_server.kit.wire import NS_PER_S, at, at_or_none
from holdfast_server.record.ledger.log import LOG, ServerLedger
from holdfast_server.record.runs.changes import Changes
from holdfast_server.record.runs.step import StepReason
from holdfast_server.record.runs.steps import Steps
from holdfast_server.settings import Approvals as Times

RECENT: Final = 5
DUE_MAX: Final = 200
LOOK_S: Final = 5.0

SAID: Final[dict[Event, str]] = {
    "approve": "approved",
    "refuse": "refused",
    "expire": "expired",
    "use": "used",
    "withdraw": "withdrawn",
}


class Approvals:
    """The inbox of questions to people."""

    def __init__(
        self,
        *,
        db: Database,
        ledger: ServerLedger,
        steps: Steps,
        changes: Changes,
        hub: Hub,
        clock: Clock,
        times: Times,
    ) -> None:
        self._db, self._ledger, self._steps = db, ledger, steps
        self._changes, self._hub, self._clock, self._times = changes, hub, clock, times
        self._moved: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def ask(self, question: ApprovalAsk, *, key: str | None = None) -> Approval:
        """Ask a person; the same step and digest is the same question, however often it is asked.

        The digest is the asker's: it stands for the exact arguments, of which people see a redacted copy.
        With an idempotency key, a call that is resumed elsewhere under another step id meets the same
        question.
        """
        key = f"approval:{question.digest}:{key}" if key else None
        async with self._db.write() as connection:
            row = await self._find_asked(connection, question, key)
            if row is None:
                row = self._new_row(question)
                await store.insert(connection, row)
                await remember(connection, key, question.digest, row.id, row.asked_ns)
                await self._ledger.add_own(connection, self._leaf(row, "asked", "", row.asked_ns))
        return await self._tell(row)

    async def answer(self, approval: str, said: AnswerAsk) -> Approval:
        """Approve or refuse for one role; the last role decides, one refusal refuses.

        Raises:
            NotFound: there is no such approval.
            Conflict: it was answered, used or withdrawn already, or its time is up, or this person has
            answered. Unprocessable: the edited arguments break the tool's schema.
        """
        now = self._clock()
        async with self._db.write() as connection:
            row = await store.get(connection, approval)
            was = row.state
            event: Event = "approve" if said.verdict == "approve" else "refuse"
            following = after(cast("State", row.state), event)
            if row.expires_ns <= now:
                raise Conflict("the time to answer is over", hint="The agent was refused; it may ask again.")
            self._take_answer(row, said, now)
            if event == "refuse" or not _open_roles(row):
                row.state, row.answered_ns = following, now
                row.expires_ns = now + int(self._times.use_within_s * NS_PER_S)
            await self._move(connection, row, was=was, event=SAID[event], by=said.by, now=now)
        return await self._tell(row)

    async def use(self, approval: str, spent: UseAsk) -> Approval:
        """Spend an approval on exactly what it approved.

        Raises:
            NotFound: there is no such approval.
            Conflict: it is not approved, is used already, is over, or was given for something else.
        """
        now = self._clock()
        async with self._db.write() as connection:
            row = await store.get(connection, approval)
            following = after(cast("State", row.state), "use")
            if row.expires_ns <= now:
                raise Conflict("the time to use the approval is over", hint="Ask again.")
            if spent.digest != row.approved_digest:
                raise Conflict("the approval was given for other arguments", hint="Ask again.")
            row.state, row.used_ns, row.used_by = following, now, spent.step
            await self._move(connection, row, was="approved", event="used", by="", now=now)
        return await self._tell(row)

    async def get(self, approval: str, *, wait_s: float = 0) -> Approval:
        """One approval; waits until it leaves `pending`, or the time is up.

        Raises:
            NotFound: there is no such approval.
        """
        end = time.monotonic() + wait_s
        while True:
            moved = self._moved[approval]
            async with self._db.read() as connection:
                row = await store.get(connection, approval)
            rest = end - time.monotonic()
            if row.state != "pending" or rest <= 0:
                return await self._show(row)
            try:
                async with asyncio.timeout(min(rest, LOOK_S)):
                    await moved.wait()
            except TimeoutError:
                continue

    async def page(self, states: Sequence[str], page: PageAsk) -> Page[Approval]:
        """Approvals, newest first."""
        before = read_cursor(page.cursor) if page.cursor else None
        async with self._db.read() as connection:
            rows = await store.page(connection, states, before=before, limit=page.limit + 1)
        more, rows = len(rows) > page.limit, rows[: page.limit]
        following = write_cursor(rows[-1].asked_ns, rows[-1].id) if more else None
        return Page(items=[await self._show(row) for row in rows], next=following)

    async def expire(self) -> None:
        """Close what nobody answered, or used, in time: silence is refusal."""
        now = self._clock()
        async with self._db.read() as connection:
            due = await store.list_due(connection, now, DUE_MAX)
        for row in due:
            await self._close(row, "expire", now)

    async def find_asking(self, runs: Collection[str]) -> frozenset[str]:
        """Which of these runs have an open question."""
        async with self._db.read() as connection:
            return await store.list_asking(connection, runs)

    async def withdraw(self, steps: Collection[str]) -> None:
        """Close what nobody waits for any more."""
        async with self._db.read() as connection:
            rows = await store.list_open_of(connection, steps)
        for row in rows:
            await self._close(row, "withdraw", self._clock())

    async def _close(self, row: ApprovalRow, event: Event, now: int) -> None:
        was, row.state = row.state, after(cast("State", row.state), event)
        try:
            async with self._db.write() as connection:
                await self._move(connection, row, was=was, event=SAID[event], by="", now=now)
        except Conflict:
            return  # somebody answered in the same moment
        await self._tell(row)

    async def _find_asked(
        self, connection: AsyncConnection, question: ApprovalAsk, key: str | None
    ) -> ApprovalRow | None:
        made = await find_made(connection, key, question.digest)
        if made is not None:
            return await store.get(connection, made)
        return await store.find_question(connection, question.step, question.digest)

    def _new_row(self, question: ApprovalAsk) -> ApprovalRow:
        now = self._clock()
        ttl_s = min(question.ttl_s or self._times.ttl_s, self._times.ttl_s_max)
        asked = question.model_dump(exclude={"ttl_s"})
        return ApprovalRow(
            **asked,
            id=new_id("apr"),
            state="pending",
            asked_ns=now,
            expires_ns=now + int(ttl_s * NS_PER_S),
        )

    def _take_answer(self, row: ApprovalRow, said: AnswerAsk, now: int) -> None:
        """Write one person's answer into the row."""
        if said.verdict == "approve":
            self._take_edit(row, said)
            if any(answer["by"].casefold() == said.by.casefold() for answer in row.answers):
                raise Conflict(
                    f"{said.by} has answered already", hint="Another person must answer for the other role."
                )
        role = _role_for(row, said)
        given = Answer(role=role, by=said.by, verdict=said.verdict, note=said.note, at=at(now))
        row.answers = [*row.answers, given.model_dump(mode="json")]
        row.answered_by = ", ".join(dict.fromkeys(answer["by"] for answer in row.answers))
        row.note = said.note or row.note

    def _take_edit(self, row: ApprovalRow, said: AnswerAsk) -> None:
        """What is approved: the asked arguments, or edited ones; an edit needs everybody's word again."""
        if said.arguments is None or said.arguments == row.arguments:
            approved, made = row.approved_arguments or row.arguments, row.approved_digest or row.digest
        else:
            approved, canonical = check_edit(row.contract, said.arguments)
            made = digest(row.kind, row.target, canonical)
        if row.approved_digest and made != row.approved_digest:
            row.answers = []
        row.approved_arguments, row.approved_digest = approved, made

    async def _move(
        self, connection: AsyncConnection, row: ApprovalRow, *, was: str, event: str, by: str, now: int
    ) -> None:
        """Keep a changed approval and say so in the ledger."""
        if not await store.update(connection, row, was=was):
            raise Conflict("the approval was changed in the same moment", hint="Look at it again.")
        await self._ledger.add_own(connection, self._leaf(row, event, by, now))

    def _leaf(self, row: ApprovalRow, event: str, by: str, now: int) -> ApprovalRecord:
        return ApprovalRecord(
            at_ns=now,
            log=LOG,
            approval=row.id,
            event=event,
            step=row.step,
            run=row.run,
            session=row.session,
            agent=row.agent,
            target=row.target,
            digest=row.approved_digest or row.digest,
            by=by,
            note_commit=self._ledger.commit(row.step, f"{row.id}:{event}:note", row.note),
        )

    async def _tell(self, row: ApprovalRow) -> Approval:
        shown = await self._show(row)
        self._hub.publish("approval.updated", shown.model_dump_json(by_alias=True))
        self._changes.touch(runs=[row.run], steps=[row.step])
        if row.state != "pending" and row.id in self._moved:
            self._moved.pop(row.id).set()
        return shown

    async def _show(self, row: ApprovalRow) -> Approval:
        recent = await self._steps.recent(row.run, before_ns=row.asked_ns, limit=RECENT + 1)
        edited = bool(row.approved_digest) and row.approved_digest != row.digest
        fields = msgspec.structs.asdict(row)
        for name in ("asked_ns", "expires_ns", "answered_ns", "used_ns", "used_by", "trace", "contract"):
            del fields[name]
        fields["reasons"] = [StepReason(**reason) for reason in row.reasons]
        fields["approved_digest"] = row.approved_digest or None
        return Approval(
            **fields,
            arguments_schema=_schema_of(row.contract),
            asked_at=at(row.asked_ns),
            expires_at=at(row.expires_ns),
            answered_at=at_or_none(row.answered_ns),
            used_at=at_or_none(row.used_ns),
            edited=edited,
            recent=[step for step in recent if step.id != row.step][-RECENT:],
        )


def _open_roles(row: ApprovalRow) -> list[str]:
    """Roles nobody has answered for yet; a question without roles needs one answer from anybody."""
    answered = {answer["role"] for answer in row.answers}
    return [role for role in row.roles or [""] if role not in answered]


def _role_for(row: ApprovalRow, said: AnswerAsk) -> str:
    waiting = _open_roles(row)
    if said.role and said.role not in waiting:
        raise Conflict(f"nobody waits for the role {said.role}", hint=f"Open: {', '.join(waiting)}.")
    return said.role or (waiting[0] if waiting else "")


def _schema_of(contract: dict[str, Any] | None) -> dict[str, Any] | None:
    parameters = (contract or {}).get("parameters")
    return cast("dict[str, Any]", parameters) if isinstance(parameters, dict) else None
