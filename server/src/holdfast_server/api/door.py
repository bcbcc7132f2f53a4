"""What every handler receives: the services, and the page asked for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request

from holdfast_server.kit.paging import LIMIT_DEFAULT, Limit, PageAsk
from holdfast_server.services import Services


def _services(request: Request) -> Services:
    return request.app.state.services


def _page(
    cursor: Annotated[str | None, Query(max_length=1024)] = None, limit: Limit = LIMIT_DEFAULT
) -> PageAsk:
    return PageAsk(cursor, limit)


Wired = Annotated[Services, Depends(_services)]
Paged = Annotated[PageAsk, Depends(_page)]
