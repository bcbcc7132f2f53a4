"""The verbs of graduated enforcement: raise a rule step by step, and let it fall when it refuses too much."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
import structlog
import yaml
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.decision import Bundle
from holdfast.decision.cedar import did_you_mean
from holdfast.decision.enforcement import ENFORCED, LEVELS_FILE, Level, graded, step_back
from holdfast.decision.lint.written import read_written
from holdfast_server.decision.enforcement.enforcement import (
    LIMIT,
    FalseBlock,
    FalseBlockAsk,
    LevelAsk,
    RuleLevel,
    stepped_too_far,
)
from holdfast_server.decision.enforcement.tables import false_blocks, rule_levels
from holdfast_server.decision.policies.editing import Editing
from holdfast_server.decision.policies.edition import SaveAsk
from holdfast_server.decision.policies.policies import Policies
from holdfast_server.errors import Conflict, NotFound
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database, upsert
from holdfast_server.kit.wire import NS_PER_S, at, at_or_none
from holdfast_server.record.runs import store
from holdfast_server.record.runs.tables import rule_counts

log = structlog.get_logger(__name__)

SECTION: Final = "enforcement"
HEAD: Final = "# Levels of rules, set over /v1/enforcement; they go before those that stand with the rules.\n"
WINDOW_NS: Final = 7 * 86_400 * NS_PER_S
NS_PER_MINUTE: Final = 60 * NS_PER_S
ITSELF: Final = "holdfast"
"""Who is named for a rule that stepped back by itself."""
REFUSED: Final = frozenset({"ask", "deny", "halt"})


class Enforcements:
    """Levels of rules, and how the rules do at them; the levels stand in a file, who set them here."""

    def __init__(self, db: Database, policies: Policies, editing: Editing, clock: Clock) -> None:
        self._db, self._policies, self._editing, self._clock = db, policies, editing, clock
        self._turn = asyncio.Lock()

    async def all(self) -> list[RuleLevel]:
        """Every rule that may refuse, by its id."""
        levels = _levels(self._policies.bundle())
        async with self._db.read() as connection:
            said = await self._said(connection)
            counts = await self._counts(connection, said)
        return [self._show(rule, level, said, counts) for rule, level in sorted(levels.items())]

    async def find(self, rule: str) -> RuleLevel:
        """One rule.

        Raises:
            NotFound: no rule in force has this id.
        """
        found = next((one for one in await self.all() if one.rule == rule), None)
        if found is None:
            hint = did_you_mean(rule, _levels(self._policies.bundle()))
            raise NotFound(f"no rule {rule[:200]} is in force", hint=hint or "See /v1/policies.")
        return found

    async def put(self, rule: str, asked: LevelAsk) -> RuleLevel:
        """Set how much a rule counts.

        Raises:
            NotFound: no rule in force has this id.
            Unprocessable: the policies could not be used with it.
            Conflict: the file of levels holds something else, or cannot be written.
        """
        await self.find(rule)
        await self._set(rule, asked.as_level(), by=asked.by, limit=asked.limit)
        return await self.find(rule)

    async def forget(self, rule: str, *, by: str) -> RuleLevel:
        """Let a rule count again as it says itself.

        Raises:
            NotFound: nothing was set for it here.
        """
        async with self._turn:
            levels = self._set_here()
            if rule not in levels:
                raise NotFound(f"no level was set here for {rule[:200]}", hint="See /v1/enforcement.")
            await self._write({name: level for name, level in levels.items() if name != rule}, by=by)
            async with self._db.write() as connection:
                await connection.execute(sa.delete(rule_levels).where(rule_levels.c.rule == rule))
        return await self.find(rule)

    async def call_wrong(self, step: str, asked: FalseBlockAsk) -> list[FalseBlock]:
        """Remember that a person calls a refusal wrong; saying it twice is the same as once.

        Raises:
            NotFound: there is no such step, or the rule did not speak there.
            Conflict: the action was not refused.
        """
        async with self._db.read() as connection:
            row = await store.find_step(connection, step)
        if row is None:
            raise NotFound(f"there is no step {step[:64]}")
        if row.verdict not in REFUSED:
            raise Conflict(f"the step {step[:64]} was not refused", hint="Only a refusal can be wrong.")
        rules = [reason["rule"] for reason in row.reasons if asked.rule in {"", reason["rule"]}]
        if not rules:
            raise NotFound(f"the rule {asked.rule[:200]} did not refuse the step {step[:64]}")
        now = self._clock()
        shown = [FalseBlock(step=step, rule=rule, by=asked.by, note=asked.note, at=at(now)) for rule in rules]
        async with self._db.write() as connection:
            rows = [{**one.model_dump(exclude={"at"}), "at_ns": now} for one in shown]
            await upsert(connection, false_blocks, rows)
        await self.look()
        return shown

    async def take_back(self, step: str) -> None:
        """The refusal was right after all.

        Raises:
            NotFound: nobody called it wrong.
        """
        async with self._db.write() as connection:
            gone = await connection.execute(sa.delete(false_blocks).where(false_blocks.c.step == step))
        if not gone.rowcount:
            raise NotFound(f"nobody called the step {step[:64]} a false block")

    async def look(self) -> None:
        """Let rules step back that refuse too much of what people call right."""
        for one in await self.all():
            counts = one.level in {"sample", "enforce"}
            if counts and stepped_too_far(one.refused, one.false_blocks, one.limit):
                below = step_back(Level(one.level, one.percent))
                log.warning("rule_steps_back", rule=one.rule, to=str(below), rate=one.rate)
                await self._set(one.rule, below, by=ITSELF, limit=one.limit, stepped_back=True)

    async def _set(
        self, rule: str, level: Level, *, by: str, limit: float, stepped_back: bool = False
    ) -> None:
        async with self._turn:
            await self._write({**self._set_here(), rule: str(level)}, by=by)
            now = self._clock()
            row = {"rule": rule, "level": str(level), "by": by, "limit": limit, "since_ns": now}
            async with self._db.write() as connection:
                stepped_back_ns = now if stepped_back else None
                await upsert(connection, rule_levels, [{**row, "stepped_back_ns": stepped_back_ns}])

    def _set_here(self) -> dict[str, str]:
        """The levels as they stand in the file: a person may have edited it.

        Raises:
            Conflict: it holds something else as well, which writing it again would lose.
        """
        texts = [one.text for one in self._policies.bundle().sources if one.name == LEVELS_FILE]
        document: dict[str, Any] = yaml.safe_load(texts[0]) if texts else {}
        if {*document} - {SECTION}:
            hint = "Move the rest into a file of its own: this one is written anew with every level."
            raise Conflict(f"{LEVELS_FILE} holds more than levels", hint=hint)
        return dict(document.get(SECTION) or {})

    async def _write(self, levels: Mapping[str, str], *, by: str) -> None:
        """Put the levels in force; those of rules that are gone are left out."""
        known = await asyncio.to_thread(_named, self._policies.bundle())
        kept = {rule: level for rule, level in sorted(levels.items()) if rule in known}
        text = HEAD + yaml.safe_dump({SECTION: kept}, sort_keys=True)
        await self._editing.save(LEVELS_FILE, SaveAsk(text=text, kind="yaml", by=by))

    async def _said(self, connection: AsyncConnection) -> dict[str, Mapping[str, Any]]:
        """Who set which level, of those that stand in the file still."""
        levels = self._policies.bundle().terms.enforcement
        rows = (await connection.execute(sa.select(rule_levels))).mappings()
        return {row["rule"]: dict(row) for row in rows if levels.get(row["rule"]) == row["level"]}

    async def _counts(
        self, connection: AsyncConnection, said: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, tuple[int, int, int]]:
        """Of each rule: refused, would have, false blocks; since its level was set, at most 7 days back."""
        oldest = self._clock() - WINDOW_NS
        since = {rule: max(oldest, row["since_ns"]) for rule, row in said.items()}
        found: dict[str, list[int]] = {}
        counted = sa.select(rule_counts).where(rule_counts.c.minute >= oldest // NS_PER_MINUTE)
        for row in (await connection.execute(counted)).mappings():
            if row["minute"] >= since.get(row["rule"], oldest) // NS_PER_MINUTE:
                sums = found.setdefault(row["rule"], [0, 0, 0])
                sums[0] += row["refused"]
                sums[1] += row["would"]
        wrong = sa.select(false_blocks.c.rule, false_blocks.c.at_ns).where(false_blocks.c.at_ns >= oldest)
        for row in (await connection.execute(wrong)).mappings():
            if row["at_ns"] >= since.get(row["rule"], oldest):
                found.setdefault(row["rule"], [0, 0, 0])[2] += 1
        return {rule: (sums[0], sums[1], sums[2]) for rule, sums in found.items()}

    def _show(
        self,
        rule: str,
        level: Level,
        said: Mapping[str, Mapping[str, Any]],
        counts: Mapping[str, tuple[int, int, int]],
    ) -> RuleLevel:
        row = said.get(rule)
        refused, would, wrong = counts.get(rule, (0, 0, 0))
        return RuleLevel(
            rule=rule,
            level=level.word,
            percent=level.percent,
            own=row is None,
            since=at_or_none(row["since_ns"] if row else None),
            by=row["by"] if row else "",
            would_refuse=would,
            refused=refused,
            false_blocks=wrong,
            rate=wrong / refused if refused else None,
            limit=row["limit"] if row else LIMIT,
            stepped_back_at=at_or_none(row["stepped_back_ns"] if row else None),
        )


def _levels(bundle: Bundle) -> dict[str, Level]:
    """The level of every rule that may refuse."""
    policies = {one.id: one for gate in bundle.gates.values() for one in gate.policies}
    lowered = graded(policies.values(), bundle.terms.enforcement)
    return {name: lowered.get(name, ENFORCED) for name, one in policies.items() if one.effect == "forbid"}


def _named(bundle: Bundle) -> set[str]:
    """Every rule that was written, and the names of the rules it is a part of."""
    return {part for one in read_written(bundle).policies for part in _parts(one.id)}


def _parts(rule: str) -> Sequence[str]:
    """A rule, and the names of the rules it is a part of."""
    pieces = rule.split("/")
    return ["/".join(pieces[:n]) for n in range(1, len(pieces) + 1)]
