"""`/v1/signals`: what the business says of runs and sessions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query

from holdfast_server.api.door import Paged, Wired
from holdfast_server.api.tabled import AsCsv, answer
from holdfast_server.kit.paging import Page
from holdfast_server.record.outcomes.signals import Signal, SignalAsk

router = APIRouter(prefix="/v1/signals", tags=["signals"])

Key = Annotated[str | None, Header(max_length=256)]
Word = Annotated[str, Query(max_length=256)]


@router.get("", response_model=Page[Signal])
async def list_signals(
    services: Wired, page: Paged, *, run: Word = "", session: Word = "", name: Word = "", as_csv: AsCsv
) -> Any:
    """Signals, newest first."""
    found = await services.money.signals.page(page, run=run, session=session, name=name)
    return answer(found, as_csv=as_csv)


@router.post("", status_code=201)
async def add_signal(services: Wired, body: SignalAsk, idempotency_key: Key = None) -> Signal:
    """Say whether a run, or a session, was worth it; the last signal of a name counts."""
    return await services.money.signals.add(body, key=idempotency_key)
