"""Editing policies over REST: compiled before it is written, kept in every version, and never lost to a typo.

The folder stays the truth. An edit writes its file there, so that whoever looks at the folder sees what is in
force; a file edited by hand is kept as a version too, before it is overwritten.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.decision import Source, compile_bundle
from holdfast.decision.trial import is_trial_file, read_trials
from holdfast.record import PolicyRecord
from holdfast_server.decision.policies.edition import Edition, Event, Kind, SaveAsk, kind_of
from holdfast_server.decision.policies.policies import Policies, read_sources, read_tests
from holdfast_server.decision.policies.tables import policy_versions
from holdfast_server.decision.registry.registry import Registry
from holdfast_server.errors import Conflict, Invalid, Misconfigured, NotFound, Unprocessable
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.kit.hub import Hub
from holdfast_server.kit.paging import Page, PageAsk, read_cursor, write_cursor
from holdfast_server.kit.wire import at
from holdfast_server.record.ledger.log import LOG, ServerLedger

log = structlog.get_logger(__name__)

VERSIONS_MAX: Final = 200
"""Versions kept of each file; the oldest is forgotten."""
FOUND: Final = "the folder"
"""Who is named for a text that stood on the disk."""
SUFFIXES: Final = {"yaml": (".yaml", ".yml"), "cedar": (".cedar",)}

_named = re.compile(r"[\w-][\w.-]{0,99}(?:/[\w-][\w.-]{0,99}){0,4}").fullmatch


class Editing:
    """The verbs of editing; one at a time."""

    def __init__(
        self,
        policies: Policies,
        registry: Registry,
        *,
        db: Database,
        ledger: ServerLedger,
        hub: Hub,
        clock: Clock,
    ) -> None:
        self._policies, self._registry = policies, registry
        self._db, self._ledger, self._hub, self._clock = db, ledger, hub, clock
        self._turn = asyncio.Lock()

    async def save(self, name: str, asked: SaveAsk) -> Edition:
        """Put a text in force under this name.

        Raises:
            Unprocessable: the policies could not be used with it; what is in force stays, its place is named.
            Invalid: it is no name for a policy file.
            Conflict: the server's policies are not a folder that it can write.
        """
        async with self._turn:
            return await self._put(
                _full_name(name, asked.kind or kind_of(name)), asked.text, by=asked.by, event="saved"
            )

    async def delete(self, name: str, *, by: str) -> Edition:
        """Take a file out of force.

        Raises:
            NotFound: there is no such file.
            Unprocessable: the policies could not be used without it.
        """
        async with self._turn:
            if name not in await self._texts():
                raise NotFound(f"there is no policy file {name[:200]}", hint="List them at /v1/policies.")
            return await self._put(name, None, by=by, event="deleted")

    async def restore(self, name: str, n: int, *, by: str) -> Edition:
        """Put an older version in force again, as a new one.

        Raises:
            NotFound: there is no such version.
            Unprocessable: the policies could not be used with it.
        """
        async with self._turn:
            async with self._db.read() as connection:
                kept = await _find(connection, name, n)
            if kept is None or kept.event == "deleted":
                raise NotFound(
                    f"there is no version {n} of {name[:200]}", hint=f"/v1/policies/{name[:200]}/versions"
                )
            return await self._put(name, kept.text, by=by, event="restored")

    async def versions(self, name: str, page: PageAsk) -> Page[Edition]:
        """The versions of a file, newest first."""
        query = sa.select(policy_versions).where(policy_versions.c.name == name)
        query = query.order_by(policy_versions.c.n.desc()).limit(page.limit + 1)
        if page.cursor:
            query = query.where(policy_versions.c.n < read_cursor(page.cursor)[0])
        async with self._db.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        shown, more = rows[: page.limit], len(rows) > page.limit
        following = write_cursor(shown[-1]["n"], "") if more else None
        return Page(items=[_show(row) for row in shown], next=following)

    async def _put(self, name: str, text: str | None, *, by: str, event: Event) -> Edition:
        """Try the files as they would be; only then write, keep the version, and put them in force."""
        before = await self._texts()
        after = {one: source for one, source in before.items() if one != name}
        if text is not None:
            after[name] = Source(name, text, kind_of(name))
        bundle = await asyncio.to_thread(self._try, [after[one] for one in sorted(after)])
        await asyncio.to_thread(_write, self._folder(), name, text)
        edition = await self._keep(name, text or "", before.get(name), by=by, event=event, bundle=bundle)
        await self._policies.look()
        log.info("policy_edited", policy=name, version=edition.n, what=event, by=by)
        self._hub.publish("policy.updated", edition.model_copy(update={"text": ""}).model_dump_json())
        return edition

    def _try(self, sources: Sequence[Source]) -> str:
        """The hash of the bundle that these files are, with every contract there is."""
        try:
            for source in sources:
                if is_trial_file(source.name):
                    read_trials(source.text, path=source.name)
            policies = [one for one in sources if not is_trial_file(one.name)]
            compile_bundle(policies, contracts=tuple(self._registry.contracts))
            return compile_bundle(policies).hash
        except Misconfigured as error:
            raise Unprocessable(error.message, hint=error.hint) from error

    async def _keep(
        self, name: str, text: str, before: Source | None, *, by: str, event: Event, bundle: str
    ) -> Edition:
        now = self._clock()
        row: dict[str, Any] = {"name": name, "event": event, "kind": kind_of(name), "text": text, "by": by}
        async with self._db.write() as connection:
            last = await _newest(connection, name)
            n = last.n if last else 0
            if before is not None and (last is None or last.text != before.text):
                n += 1
                found = {"name": name, "n": n, "event": "found", "kind": before.kind, "text": before.text}
                await connection.execute(
                    sa.insert(policy_versions).values({**found, "by": FOUND, "at_ns": now, "bundle": ""})
                )
            row |= {"n": n + 1, "at_ns": now, "bundle": bundle}
            await connection.execute(sa.insert(policy_versions).values(row))
            old = (policy_versions.c.name == name) & (policy_versions.c.n <= n + 1 - VERSIONS_MAX)
            await connection.execute(sa.delete(policy_versions).where(old))
            commit = self._ledger.commit(f"{name}:{n + 1}", "text", text)
            await self._ledger.add_own(
                connection, PolicyRecord(now, LOG, name, event, n + 1, bundle, by, commit)
            )
        return _show(row)

    async def _texts(self) -> dict[str, Source]:
        """The files as they stand on the disk, tests included."""
        folder = self._folder()
        found = await asyncio.to_thread(lambda: (*read_sources(folder), *read_tests(folder)))
        return {source.name: source for source in found}

    def _folder(self) -> Path:
        folder = self._policies.folder
        if not folder.is_dir() or not os.access(folder, os.W_OK):
            hint = "Start the server with --policies and a folder that it may write."
            raise Conflict(f"{folder} is no folder that policies can be written to", hint=hint)
        return folder


def _full_name(name: str, kind: Kind) -> str:
    """The name with the ending of its kind."""
    full = name if name.endswith(SUFFIXES[kind]) else f"{name}{SUFFIXES[kind][0]}"
    if not _named(full) or ".." in full:
        hint = "Letters, digits, dots and dashes, with slashes between folders."
        raise Invalid(f"{name[:200]!r} is no name for a policy file", hint=hint)
    return full


def _write(folder: Path, name: str, text: str | None) -> None:
    """Write or remove a file in one step: a reader sees the old text or the new one, never half of it."""
    path = folder / name
    if text is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.new")
    half.write_text(text, encoding="utf-8")
    half.replace(path)


async def _newest(connection: AsyncConnection, name: str) -> Edition | None:
    query = sa.select(policy_versions).where(policy_versions.c.name == name)
    row = (await connection.execute(query.order_by(policy_versions.c.n.desc()).limit(1))).mappings().first()
    return _show(row) if row else None


async def _find(connection: AsyncConnection, name: str, n: int) -> Edition | None:
    query = sa.select(policy_versions).where(policy_versions.c.name == name, policy_versions.c.n == n)
    row = (await connection.execute(query)).mappings().first()
    return _show(row) if row else None


def _show(row: Any) -> Edition:
    fields = {name: row[name] for name in ("name", "n", "event", "kind", "text", "by", "bundle")}
    return Edition(**fields, at=at(row["at_ns"]))
