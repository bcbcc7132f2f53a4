"""Providers: those that people stored, and those that the environment of the server names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.access.vault.vault import Vault
from holdfast_server.action.llm import config
from holdfast_server.action.llm.desk.provider import NAME, NAME_HINT, GatewayProvider, GatewayProviderAsk
from holdfast_server.action.llm.desk.tables import gateway_providers
from holdfast_server.errors import Conflict, Invalid, Misconfigured, NotFound
from holdfast_server.kit.db import upsert
from holdfast_server.kit.wire import at

PROVIDERS_MAX: Final = 500
HINT: Final = 4
"""Characters of a secret that are shown, when it is long enough to spare them."""
SPARE: Final = 12

BUILT_IN: Final[Mapping[str, config.Provider]] = {
    "OPENAI_API_KEY": config.Provider(
        name="openai",
        base_url="https://api.openai.com",
        apis=("chat", "responses", "embeddings", "completions", "files"),
        models=(
            *("gpt-*", "chatgpt-*", "codex-*", "o1*", "o3*", "o4*", "computer-use-*"),
            *("text-embedding-*", "davinci-*", "babbage-*", "ft:*"),
        ),
    ),
    "ANTHROPIC_API_KEY": config.Provider(
        name="anthropic",
        base_url="https://api.anthropic.com",
        apis=("messages",),
        auth="x-api-key",
        models=("claude-*",),
    ),
    "GEMINI_API_KEY": config.Provider(
        name="google",
        base_url="https://generativelanguage.googleapis.com",
        apis=("gemini",),
        auth="x-goog-api-key",
        models=("gemini-*", "gemma-*", "learnlm-*"),
    ),
}
"""Who answers when a variable of the environment holds their key."""


class ProviderRow(msgspec.Struct, frozen=True):
    """A provider as it is kept."""

    name: str
    said: dict[str, Any]
    sealed: bytes | None
    hint: str
    by: str
    place: int
    updated_ns: int


def built_in(environ: Mapping[str, str]) -> tuple[config.Provider, ...]:
    """The providers that the environment names."""
    found = ((one, environ.get(name, "").strip()) for name, one in BUILT_IN.items())
    return tuple(msgspec.structs.replace(one, secret=secret) for one, secret in found if secret)


async def put(
    connection: AsyncConnection, name: str, asked: GatewayProviderAsk, vault: Vault, *, now_ns: int
) -> ProviderRow:
    """Store a provider in place of the one of this name.

    Raises:
        Invalid: the name is none, or there are too many.
        Misconfigured: the vault has no key to seal its secret with.
    """
    if not re.fullmatch(NAME, name):
        raise Invalid(f"{name[:64]!r} is no name for a provider", hint=NAME_HINT)
    rows = {row.name: row for row in await list_rows(connection)}
    before = rows.get(name)
    if before is None and len(rows) >= PROVIDERS_MAX:
        raise Invalid(f"there are {PROVIDERS_MAX} providers", hint="Remove those that nobody uses.")
    sealed, hint = (before.sealed, before.hint) if before else (None, "")
    if asked.secret is not None:
        sealed = vault.seal(asked.secret, about=_about(name)) if asked.secret else None
        hint = hint_of(asked.secret)
    place = before.place if before else max((row.place for row in rows.values()), default=0) + 1
    said = asked.model_dump(exclude={"secret", "by"})
    row = ProviderRow(name, said, sealed, hint, asked.by, place, now_ns)
    await upsert(connection, gateway_providers, [msgspec.structs.asdict(row)])
    return row


async def remove(connection: AsyncConnection, name: str, environ: Mapping[str, str]) -> ProviderRow:
    """Forget a provider and its secret.

    Raises:
        NotFound: there is none of this name.
        Conflict: the environment names it.
    """
    row = await find(connection, name)
    if row is None:
        if any(one.name == name for one in built_in(environ)):
            variable = next(said for said, one in BUILT_IN.items() if one.name == name)
            raise Conflict(f"{name} comes from the environment", hint=f"Start the server without {variable}.")
        raise NotFound(f"there is no provider {name[:64]}", hint="List them at /v1/gateway/providers.")
    await connection.execute(sa.delete(gateway_providers).where(gateway_providers.c.name == name))
    return row


async def reseal(connection: AsyncConnection, vault: Vault) -> Sequence[tuple[ProviderRow, ProviderRow]]:
    """Seal every secret with the newest key; each provider that has one, as it was and as it is.

    Raises:
        Misconfigured: one of them does not open.
    """
    changed: list[tuple[ProviderRow, ProviderRow]] = []
    for row in await list_rows(connection):
        if row.sealed is not None:
            secret = vault.open(row.sealed, about=_about(row.name))
            where = gateway_providers.c.name == row.name
            sealed = vault.seal(secret, about=_about(row.name))
            await connection.execute(sa.update(gateway_providers).where(where).values(sealed=sealed))
            changed.append((row, msgspec.structs.replace(row, sealed=sealed)))
    return changed


async def find(connection: AsyncConnection, name: str) -> ProviderRow | None:
    """The stored one of this name."""
    return next((row for row in await list_rows(connection) if row.name == name), None)


async def list_rows(connection: AsyncConnection) -> Sequence[ProviderRow]:
    """Those that are stored, in their order."""
    rows = await connection.execute(sa.select(gateway_providers).order_by(gateway_providers.c.place))
    return [ProviderRow(**row) for row in rows.mappings()]


def open_provider(row: ProviderRow, vault: Vault) -> config.Provider:
    """A provider with its secret.

    Raises:
        Misconfigured: the secret does not open here.
    """
    secret = vault.open(row.sealed, about=_about(row.name)) if row.sealed is not None else ""
    return msgspec.convert({**row.said, "name": row.name, "secret": secret}, config.Provider)


def show(row: ProviderRow, vault: Vault) -> GatewayProvider:
    """A stored provider, as people see it."""
    problem = ""
    try:
        open_provider(row, vault)
    except Misconfigured as error:
        problem = str(error)
    return GatewayProvider(
        name=row.name,
        **row.said,
        has_secret=row.sealed is not None,
        secret_hint=row.hint,
        built_in=False,
        problem=problem or _lacks_secret(row),
        updated_at=at(row.updated_ns),
        by=row.by,
    )


def show_built_in(one: config.Provider) -> GatewayProvider:
    """A provider of the environment, as people see it."""
    said = msgspec.to_builtins(one)
    del said["secret"], said["known"]
    return GatewayProvider(
        **said,
        has_secret=True,
        secret_hint=hint_of(one.secret),
        built_in=True,
        problem="",
        updated_at=None,
        by="",
    )


def hint_of(secret: str) -> str:
    """How a secret ends, when it is long enough to spare that."""
    return secret[-HINT:] if len(secret) >= SPARE else ""


def _lacks_secret(row: ProviderRow) -> str:
    if row.sealed is None and row.said["auth"] not in ("client", "none"):
        return f"it has no secret, and its auth is {row.said['auth']}"
    return ""


def _about(name: str) -> str:
    return f"gateway provider {name}"
