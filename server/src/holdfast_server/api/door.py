"""What every handler receives: the services, and the page asked for."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, Query, Request

from holdfast_server.kit.paging import LIMIT_DEFAULT, Limit, PageAsk
from holdfast_server.services import Services

AHEAD: Final = frozenset(
    {
        "/v1/decisions",
        "/v1/decisions/batch",
        "/v1/outcomes",
        "/v1/outcomes/batch",
        "/v1/hooks",
        "/v1/traces",
        "/v1/logs",
    }
)
"""Routes that write faster than the tables take in, or read nothing; every other sees what they wrote."""


async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    if request.url.path not in AHEAD:
        await services.minutes.take_in()
    return services


def _page(
    cursor: Annotated[str | None, Query(max_length=1024)] = None, limit: Limit = LIMIT_DEFAULT
) -> PageAsk:
    return PageAsk(cursor, limit)


Wired = Annotated[Services, Depends(_services)]
Paged = Annotated[PageAsk, Depends(_page)]
