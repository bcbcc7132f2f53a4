"""Spans that name others beside their parent: what a step came of, and what came of it, in whatever trace.

A link is told by one end, mostly by the later one; it is kept so that both ends find it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.kit.db import chunks, insert_new
from holdfast_server.kit.wire import Wire, at
from holdfast_server.record.runs.tables import runs, span_links
from holdfast_server.record.spans.chat import read_objects
from holdfast_server.record.spans.span import Span

LINKS_MAX: Final = 500
_PLACE: Final = ("trace", "span", "to_trace", "to_span")


class StepLink(Wire):
    """Another step that a step belongs to, though neither holds the other."""

    step: str
    direction: Literal["to", "from"]
    """`to` where the step names the other, `from` where the other names it."""
    other_step: str
    other_trace: str
    other_run: str | None
    """The outermost run of that trace; null where nothing of it arrived."""
    agent: str
    """Who is at work there."""
    title: str
    at: datetime
    """When the step began that names the other."""
    attributes: dict[str, Any] = Field(default_factory=dict[str, Any])
    """What the link says of itself; told with the one step that has it."""


class StepLinks(Wire):
    """The links of a run's steps."""

    links: list[StepLink]
    """In the order of time; one within the run stands there twice, once for each end."""
    cut: bool
    """Whether there are more."""


async def note_links(connection: AsyncConnection, spans: Iterable[Span]) -> None:
    """Keep what these spans name; what is known stays as it is."""
    rows = [row for span in spans for row in _rows(span)]
    await insert_new(connection, span_links, rows)


async def list_links(connection: AsyncConnection, traces: Collection[str], step: str = "") -> list[StepLink]:
    """The links from and to these traces, or from and to one step of theirs; at most `LINKS_MAX` + 1."""
    links = span_links.c
    told = sa.select(links.span, sa.literal("to"), links.to_span, links.to_trace, links.at_ns)
    heard = sa.select(links.to_span, sa.literal("from"), links.span, links.trace, links.at_ns)
    told, heard = told.where(links.trace.in_(traces)), heard.where(links.to_trace.in_(traces))
    if step:
        told, heard = told.where(links.span == step), heard.where(links.to_span == step)
    found: list[Sequence[Any]] = []
    for query in (told, heard):
        ordered = query.order_by(links.at_ns, links.trace, links.span, links.to_span).limit(LINKS_MAX + 1)
        found += (await connection.execute(ordered)).all()
    found = sorted(found, key=lambda row: (row[4], row[0], row[1], row[2]))[: LINKS_MAX + 1]
    known = await _load_outermost(connection, {row[3] for row in found})
    return [_show(row, known.get(row[3])) for row in found]


def describe(links: Sequence[StepLink], span: Span | None) -> list[StepLink]:
    """The links of a step with what its span says of those that it names."""
    said = dict(said_of(span)) if span else {}
    return [
        one.model_copy(update={"attributes": said.get(f"{one.other_trace}-{one.other_step}", {})})
        if one.direction == "to"
        else one
        for one in links
    ]


def said_of(span: Span) -> list[tuple[str, dict[str, Any]]]:
    """What a span names, `trace-span`, and what it says of each."""
    said = read_objects(span.linked)
    return list(zip(span.links, [*said, *({} for _ in span.links)], strict=False))


def _rows(span: Span) -> list[dict[str, Any]]:
    own = f"{span.trace_id}-{span.span_id}"
    places = ((span.trace_id, span.span_id, *one.split("-", 1)) for one in span.links if one != own)
    return [dict(zip(_PLACE, place, strict=True)) | {"at_ns": span.start_ns} for place in places]


async def _load_outermost(
    connection: AsyncConnection, traces: Collection[str]
) -> Mapping[str, Sequence[Any]]:
    """By trace: the run that holds the others, its agent and its title."""
    found: dict[str, Sequence[Any]] = {}
    for some in chunks(traces):
        query = sa.select(runs.c.trace, runs.c.id, runs.c.agent, runs.c.title).where(runs.c.trace.in_(some))
        # The run that has the trace's own id is the outermost, and comes last.
        for row in await connection.execute(query.order_by(runs.c.id == runs.c.trace, runs.c.id)):
            found[row[0]] = row
    return found


def _show(row: Sequence[Any], known: Sequence[Any] | None) -> StepLink:
    step, direction, other_step, other_trace, at_ns = row
    _, run, agent, title = known or ("", None, "", "")
    return StepLink(
        step=step,
        direction=direction,
        other_step=other_step,
        other_trace=other_trace,
        other_run=run,
        agent=agent,
        title=title,
        at=at(at_ns),
    )
