"""What keeps things: opened in the order in which one needs another, and closed in reverse."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from holdfast_server.action.otlp.orders import Post
from holdfast_server.action.otlp.refinery import Refinery, RefineryApart, RefineryHere
from holdfast_server.decision.control.kills import Control
from holdfast_server.kit.db import Database, control_url, metadata
from holdfast_server.kit.hub import Hub
from holdfast_server.migrations.control.upgrade import upgrade
from holdfast_server.record.blobs.blobs import Blobs
from holdfast_server.record.ledger.log import ServerLedger
from holdfast_server.record.spans.journal import Journal
from holdfast_server.record.spans.store import SpanStore
from holdfast_server.settings import Settings


@dataclass(frozen=True, slots=True)
class OpenStores:
    """What keeps things, and the two streams that tell of them."""

    db: Database
    hub: Hub
    control: Control
    ledger: ServerLedger
    spans: SpanStore
    journal: Journal
    refinery: Refinery
    blobs: Blobs
    decided: Journal


async def open_stores(settings: Settings, spans: SpanStore, undo: AsyncExitStack) -> OpenStores:
    """Open all of them; `undo` closes them."""
    settings.data.mkdir(parents=True, exist_ok=True)
    url = control_url(settings.stores.control, settings.data)
    await upgrade(url, metadata)
    db = Database(url)
    undo.push_async_callback(db.close)
    hub = Hub(followers_max=settings.limits.streams)
    control = Control(followers_max=settings.limits.streams)
    undo.callback(hub.close)
    undo.callback(control.close)
    ledger = await asyncio.to_thread(ServerLedger, settings.data, db, hub, project=settings.project)
    undo.push_async_callback(ledger.close)
    await ledger.catch_up()
    journal = await asyncio.to_thread(Journal, settings.data / "journal")
    undo.callback(journal.close)
    refinery = _make_refinery(settings, journal)
    undo.push_async_callback(refinery.close)
    decided = await asyncio.to_thread(Journal, settings.data / "decided")
    undo.callback(decided.close)
    return OpenStores(
        db, hub, control, ledger, spans, journal, refinery, Blobs(settings.data / "blobs"), decided
    )


def prices_file(settings: Settings) -> Path:
    """Where the server's processes find its own prices."""
    return (settings.data / "prices.json").resolve()


def _make_refinery(settings: Settings, journal: Journal) -> Refinery:
    """Spans that a process is to forget are not worth another one."""
    post = Post(
        journal=str(journal.folder.resolve()),
        blobs=str((settings.data / "blobs").resolve()),
        blocks=str((settings.data / "blocks").resolve()),
        redaction=list(settings.redaction.spans),
        prices=str(prices_file(settings)),
        warm_from=journal.first,
    )
    apart = settings.ingest.apart and settings.stores.spans != "memory://"
    return RefineryApart(post) if apart else RefineryHere(post)
