"""`/v1/search`: one query language over runs, spans, decisions and the ledger."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from holdfast_server.api.door import Paged, Wired
from holdfast_server.api.tabled import AsCsv, answer
from holdfast_server.insight.search.catalogue import list_nouns
from holdfast_server.insight.search.fields import NounName
from holdfast_server.insight.search.found import Facets, Found, NounList, Suggestions
from holdfast_server.insight.search.lexer import LENGTH_MAX

router = APIRouter(prefix="/v1/search", tags=["search"])

Typed = Annotated[str, Query(max_length=2 * LENGTH_MAX)]
"""Longer than a query may be, so that its own error says so."""
Of = Annotated[NounName, Query(alias="in")]


@router.get("", response_model=Found)
async def search(services: Wired, page: Paged, q: Typed = "", noun: Of = "runs", *, as_csv: AsCsv) -> Any:
    """What a query finds, newest first."""
    return answer(await services.search.find(noun, q, page), as_csv=as_csv)


@router.get("/suggest")
async def suggest(
    services: Wired, q: Typed = "", at: Annotated[int, Query(ge=0)] = 0, noun: Of = "runs"
) -> Suggestions:
    """Fields and values that may stand at the cursor `at`, counted from 0, and what is wrong so far."""
    return await services.search.suggest(noun, q, min(at, len(q)))


@router.get("/facets")
async def facets(services: Wired, q: Typed = "", noun: Of = "runs") -> Facets:
    """How often each value occurs among what a query finds."""
    return await services.search.facets(noun, q)


@router.get("/fields")
async def search_fields() -> NounList:
    """What can be searched, and every field a query may name."""
    return list_nouns()
