"""The gateway's desk: keys, providers and routes as people set them, and how everything does."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final, TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.access.keys import keys
from holdfast_server.access.keys.key import (
    GatewayKey,
    GatewayKeyAsk,
    NewGatewayKey,
    RevokeAsk,
    RotateAsk,
)
from holdfast_server.access.vault.keyring import Keyring, new_key, write_keyring
from holdfast_server.access.vault.vault import Vault
from holdfast_server.action.llm.desk import checking, known, playing, providers, routes
from holdfast_server.action.llm.desk.nodes import Nodes
from holdfast_server.action.llm.desk.noting import Notes
from holdfast_server.action.llm.desk.provider import GatewayProvider, GatewayProviderAsk, ProviderChecked
from holdfast_server.action.llm.desk.publishing import bump
from holdfast_server.action.llm.desk.report import NodeReport
from holdfast_server.action.llm.desk.route import GatewayRoute, GatewayRouteAsk
from holdfast_server.action.llm.desk.showing import show_key
from holdfast_server.action.llm.desk.status import Played, PlaygroundAsk
from holdfast_server.action.llm.desk.tables import CONFIG
from holdfast_server.decision.budgets.budget import Budget, BudgetAsk
from holdfast_server.decision.budgets.budgets import Budgets
from holdfast_server.errors import Conflict, Invalid, NotFound, Unavailable
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.kit.hub import Hub
from holdfast_server.kit.paging import LIMIT_MAX, Page, PageAsk, read_cursor, write_cursor
from holdfast_server.kit.wire import NS_PER_S
from holdfast_server.record.ledger.log import ServerLedger

PLAY_TTL_S: Final = 300.0
USED_EVERY_NS: Final = 5 * NS_PER_S
PLAYGROUND: Final = "playground"
SCOPE: Final = "key"

T = TypeVar("T")
log = structlog.get_logger(__name__)


class Desk:
    """What people say to the gateway."""

    def __init__(
        self,
        *,
        db: Database,
        vault: Vault,
        budgets: Budgets,
        ledger: ServerLedger,
        hub: Hub,
        clock: Clock,
        project: str,
    ) -> None:
        self._db, self._vault, self._budgets = db, vault, budgets
        self._hub, self._clock, self._project = hub, clock, project
        self._environ: Mapping[str, str] = os.environ
        self._notes = Notes(ledger, clock)
        self.nodes = Nodes(clock)
        self._used: set[str] = set()
        self._used_ns = 0

    # Keys

    async def list_keys(self, page: PageAsk) -> Page[GatewayKey]:
        """Keys, newest first."""
        async with self._db.read() as connection:
            rows = await keys.page(connection, page)
        more, rows = len(rows) > page.limit, rows[: page.limit]
        spent = await self._spent()
        following = write_cursor(rows[-1].created_ns, rows[-1].id) if more else None
        return Page(items=[show_key(row, spent.get(row.id), self._clock()) for row in rows], next=following)

    async def get_key(self, key: str) -> GatewayKey:
        """One key.

        Raises:
            NotFound: there is none of this id.
        """
        async with self._db.read() as connection:
            row = await keys.get(connection, key)
        return show_key(row, (await self._spent(key)).get(key), self._clock())

    async def make_key(self, asked: GatewayKeyAsk) -> NewGatewayKey:
        """A new key; the answer is the only place where it is ever told.

        Raises:
            Invalid: there are too many, or it would be over already.
        """
        async with self._change() as connection:
            row, secret = await keys.make(connection, asked, project=self._project, now_ns=self._clock())
            await self._notes.note(connection, "key", row.id, "made", by=asked.by, after=row)
        if asked.budget_usd is not None:
            said = {"limit": asked.budget_usd, "window": asked.budget_window, "by": asked.by}
            await self._budgets.add(
                BudgetAsk.model_validate({"scope": SCOPE, "key": row.id, "unit": "usd", **said})
            )
        return NewGatewayKey(**(await self.get_key(row.id)).model_dump(), secret=secret)

    async def rotate_key(self, key: str, asked: RotateAsk) -> NewGatewayKey:
        """Another secret for the same key.

        Raises:
            NotFound: there is none of this id.
            Conflict: it is good no longer.
        """
        async with self._change() as connection:
            was = await keys.get(connection, key)
            row, secret = await keys.rotate(connection, key, grace_s=asked.grace_s, now_ns=self._clock())
            await self._notes.note(connection, "key", key, "rotated", by=asked.by, before=was, after=row)
        return NewGatewayKey(**(await self.get_key(key)).model_dump(), secret=secret)

    async def revoke_key(self, key: str, asked: RevokeAsk) -> GatewayKey:
        """It is good no longer, at once and everywhere.

        Raises:
            NotFound: there is none of this id.
            Conflict: it is revoked already.
        """
        async with self._change() as connection:
            was = await keys.get(connection, key)
            row = await keys.revoke(connection, key, by=asked.by, now_ns=self._clock())
            await self._notes.note(connection, "key", key, "revoked", by=asked.by, before=was, after=row)
        return await self.get_key(key)

    # Providers

    async def list_providers(self, page: PageAsk) -> Page[GatewayProvider]:
        """Providers, in the order in which they are asked for a model that is no alias."""
        return _paged(await self._providers(), page)

    async def get_provider(self, name: str) -> GatewayProvider:
        """One provider.

        Raises:
            NotFound: there is none of this name.
        """
        found = next((one for one in await self._providers() if one.name == name), None)
        if found is None:
            raise NotFound(f"there is no provider {name[:64]}", hint="List them at /v1/gateway/providers.")
        return found

    async def put_provider(self, name: str, asked: GatewayProviderAsk) -> GatewayProvider:
        """Store a provider; its secret is sealed before it is written.

        Raises:
            Invalid: the name is none, or there are too many.
            Misconfigured: the vault has no key.
        """
        async with self._change() as connection:
            was = await providers.find(connection, name)
            row = await providers.put(connection, name, asked, self._vault, now_ns=self._clock())
            await self._notes.note(connection, "provider", name, "set", by=asked.by, before=was, after=row)
        return await self.get_provider(name)

    async def remove_provider(self, name: str, *, by: str) -> GatewayProvider:
        """Forget a provider and its secret.

        Raises:
            NotFound: there is none of this name.
            Conflict: the environment names it.
        """
        async with self._change() as connection:
            row = await providers.remove(connection, name, self._environ)
            await self._notes.note(connection, "provider", name, "removed", by=by, before=row)
            await known.forget(connection, name)
        log.info("gateway_provider_removed", provider=name, by=by)
        return providers.show(row, self._vault)

    async def check_provider(self, name: str) -> ProviderChecked:
        """Ask a provider for its models, and remember them for the lists that clients get.

        Raises:
            NotFound: there is none of this name.
            Misconfigured: its secret does not open.
        """
        async with self._db.read() as connection:
            row = await providers.find(connection, name)
        found = next((one for one in providers.built_in(self._environ) if one.name == name), None)
        provider = found if row is None else providers.open_provider(row, self._vault)
        if provider is None:
            raise NotFound(f"there is no provider {name[:64]}", hint="List them at /v1/gateway/providers.")
        checked, models = await checking.check(provider)
        if models:
            async with self._change() as connection:
                await known.remember(connection, name, models)
        return checked

    async def rotate_vault(self, *, by: str) -> int:
        """Seal every secret with a new key; how many there are.

        The new key stands in the key file before anything is sealed with it; the old ones leave it after.

        Raises:
            Conflict: the environment gives the keys.
            Misconfigured: a secret does not open.
        """
        keyring = self._vault.keyring
        if keyring.file is None:
            raise Conflict(
                "the environment gives the vault's keys",
                hint="Put a new key before the old one there, restart, and store the secrets again.",
            )
        fresh = new_key()
        self._vault.use(write_keyring(Keyring((fresh, *keyring.keys), keyring.file)))
        async with self._change() as connection:
            resealed = await providers.reseal(connection, self._vault)
            for was, row in resealed:
                await self._notes.note(
                    connection, "provider", row.name, "resealed", by=by, before=was, after=row
                )
        self._vault.use(write_keyring(Keyring((fresh,), keyring.file)))
        log.info("gateway_vault_rotated", secrets=len(resealed), key=fresh.id.hex(), by=by)
        return len(resealed)

    # Routes

    async def list_routes(self, page: PageAsk) -> Page[GatewayRoute]:
        """Routes, by alias."""
        names = await self._names()
        async with self._db.read() as connection:
            rows = await routes.list_rows(connection)
        return _paged([routes.show(row, names) for row in rows], page)

    async def get_route(self, alias: str) -> GatewayRoute:
        """One route.

        Raises:
            NotFound: there is none of this alias.
        """
        names = await self._names()
        async with self._db.read() as connection:
            return routes.show(await routes.get(connection, alias), names)

    async def put_route(self, alias: str, asked: GatewayRouteAsk) -> GatewayRoute:
        """Store a route.

        Raises:
            Invalid: the alias is none, or a target's provider is not there.
        """
        names = await self._names()
        async with self._change() as connection:
            was = await routes.find(connection, alias)
            row = await routes.put(connection, alias, asked, names, now_ns=self._clock())
            await self._notes.note(connection, "route", alias, "set", by=asked.by, before=was, after=row)
        return routes.show(row, names)

    async def remove_route(self, alias: str, *, by: str) -> GatewayRoute:
        """Forget a route.

        Raises:
            NotFound: there is none of this alias.
        """
        names = await self._names()
        async with self._change() as connection:
            row = await routes.remove(connection, alias)
            await self._notes.note(connection, "route", alias, "removed", by=by, before=row)
        log.info("gateway_route_removed", route=alias, by=by)
        return routes.show(row, names)

    # How it does

    async def hear(self, report: NodeReport) -> None:
        """A gateway told of itself; which keys were used is written down every few seconds."""
        self.nodes.hear(report)
        self._used |= {key for worker in report.workers for key in worker.stats.used}
        now = self._clock()
        if self._used and now - self._used_ns > USED_EVERY_NS:
            used, self._used, self._used_ns = self._used, set(), now
            async with self._db.write() as connection:
                await keys.note_used(connection, used, now)

    async def play(self, asked: PlaygroundAsk) -> Played:
        """Send a call as somebody.

        Raises:
            Invalid: nobody is named, or two are.
            Unavailable: no gateway runs.
        """
        if bool(asked.key_id) == bool(asked.agent):
            raise Invalid("name whom to play: key_id or agent")
        if not self.nodes.url:
            raise Unavailable(self.nodes.status().problem, retry_after_s=2)
        secret = await self._brief_key(asked)
        return await playing.play(self.nodes.url, secret, asked)

    async def forget(self) -> None:
        """Drop the playground's keys that are over."""
        async with self._db.write() as connection:
            await keys.forget_brief(connection, self._clock())

    async def _brief_key(self, asked: PlaygroundAsk) -> str:
        now = self._clock()
        async with self._db.write() as connection:
            said = GatewayKeyAsk(
                name=PLAYGROUND, agent=asked.agent or "-", ttl_s=PLAY_TTL_S, by=asked.by or PLAYGROUND
            )
            counts_as = PLAYGROUND
            if asked.key_id:
                of = await keys.get(connection, asked.key_id)
                if of.state(now) != "active":
                    raise Conflict(
                        f"the key {asked.key_id[:64]} is {of.state(now)}", hint="Play another one."
                    )
                names = ("agent", "version", "owner", "project", "models", "labels", "tags")
                said = said.model_copy(update={name: getattr(of, name) for name in names})
                counts_as = of.id
            _, secret = await keys.make(
                connection, said, project=self._project, now_ns=now, counts_as=counts_as
            )
            await bump(connection, CONFIG)
        return secret

    async def _providers(self) -> Sequence[GatewayProvider]:
        async with self._db.read() as connection:
            rows = await providers.list_rows(connection)
        stored = [providers.show(row, self._vault) for row in rows]
        names = {one.name for one in stored}
        found = providers.built_in(self._environ)
        return [*stored, *(providers.show_built_in(one) for one in found if one.name not in names)]

    async def _names(self) -> Collection[str]:
        return {one.name for one in await self._providers()}

    async def _spent(self, key: str = "") -> Mapping[str, Budget]:
        """The budget in money of each key, or of one."""
        page = await self._budgets.page(PageAsk(limit=LIMIT_MAX), scope=SCOPE, key=key)
        return {one.key: one for one in page.items if one.unit == "usd"}

    @asynccontextmanager
    async def _change(self) -> AsyncGenerator[AsyncConnection]:
        """A transaction after which every gateway looks again, and every console."""
        async with self._db.write() as connection:
            yield connection
            await bump(connection, CONFIG)
        self._hub.publish("gateway.updated", "{}")


def _paged(items: Sequence[T], page: PageAsk) -> Page[T]:
    """A part of a short list; the cursor says how much of it was seen."""
    start = read_cursor(page.cursor)[0] if page.cursor else 0
    end = start + page.limit
    following = write_cursor(end, "") if end < len(items) else None
    return Page(items=list(items[start:end]), next=following)
