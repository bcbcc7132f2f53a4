"""`/v1/ledger`: browse, prove, verify."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from holdfast_server.api.door import Paged, Wired
from holdfast_server.insight.search.lexer import LENGTH_MAX
from holdfast_server.kit.paging import Page
from holdfast_server.record.ledger.entry import CheckpointView, LedgerEntry, ReceiptView, VerifyReport

router = APIRouter(prefix="/v1/ledger", tags=["ledger"])


@router.get("")
async def list_entries(
    services: Wired, page: Paged, q: Annotated[str, Query(max_length=2 * LENGTH_MAX)] = ""
) -> Page[LedgerEntry]:
    """Entries, newest first; `q` is a query, see docs/guides/search.md."""
    return await services.search.list_records(q, page)


@router.get("/checkpoint")
async def checkpoint(services: Wired) -> CheckpointView:
    """The newest signed state of the log."""
    return await services.ledger.checkpoint()


@router.post("/verify")
async def verify(services: Wired) -> VerifyReport:
    """Re-read every byte and say whether the log holds."""
    return await services.ledger.verify()


@router.get("/{index}/receipt")
async def receipt(services: Wired, index: int) -> ReceiptView:
    """Proof that one entry stands in the log."""
    return await services.ledger.receipt(index)
