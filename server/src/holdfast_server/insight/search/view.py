"""A saved view: a query with a name, for everybody who uses this server."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints

from holdfast_server.insight.search.fields import NounName
from holdfast_server.insight.search.lexer import LENGTH_MAX
from holdfast_server.kit.wire import Ask, Name, Wire

ViewName = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]
Query = Annotated[str, StringConstraints(max_length=LENGTH_MAX)]
Sort = Annotated[str, StringConstraints(max_length=32)]


class View(Wire):
    """One saved view."""

    id: str
    noun: NounName
    name: str
    q: str
    sort: str
    """The order of the list, as the console writes it; empty for newest first."""
    by: str
    """Who saved it."""
    at: datetime
    changed_at: datetime
    link: str
    """Opens it in the console, and goes on doing so when it is renamed or changed."""


class ViewList(Wire):
    """Every saved view, by name."""

    items: list[View]


class ViewAsk(Ask):
    """Give a query a name."""

    name: ViewName
    q: Query
    noun: NounName = "runs"
    sort: Sort = ""
    by: Name


class ViewEdit(Ask):
    """Rename a view, or change what it finds; what is left out stays."""

    name: ViewName | None = None
    q: Query | None = None
    sort: Sort | None = None
