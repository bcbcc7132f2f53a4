"""A call that turns out to be a wrapper: what was counted of it is taken back, exactly once.

```text
a call below it comes ──► less in the books, the run and the minute; a note     one transaction
                   then ──► the span is stored again as a wrapper               until the note says so
```
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.kit.db import Database, insert_into
from holdfast_server.record.books.returning import give_back
from holdfast_server.record.runs.bookkeeping import call_of, converses, who_of
from holdfast_server.record.runs.rows import RunRow
from holdfast_server.record.runs.tables import spend, taken_back
from holdfast_server.record.spans.span import Span
from holdfast_server.record.spans.store import SpanStore
from holdfast_server.record.spans.wrapper import as_wrapper

NS_PER_MINUTE: Final = 60_000_000_000
AMENDED_AT_ONCE: Final = 500


async def take_back(connection: AsyncConnection, run: RunRow, was: Span, end_ns: int) -> None:
    """Take from the books and from its run what a span had added; the run is saved by whoever loaded it."""
    call = call_of(was, end_ns, "")
    given = await give_back(
        connection, who_of(run, was), call, failed=was.status == "error", took_ns=was.end_ns - was.start_ns
    )
    if given is None:
        return
    if converses(was):
        run.tokens_in = max(0, run.tokens_in - was.tokens_in)
        run.tokens_out = max(0, run.tokens_out - was.tokens_out)
        run.model_calls = max(0, run.model_calls - 1)
    run.cost_micro_usd = max(0, run.cost_micro_usd - given.micro_usd)
    run.unpriced_calls = max(0, run.unpriced_calls - given.unpriced)
    run.priced_calls = max(0, run.priced_calls - (1 - given.unpriced))
    run.tool_calls = max(0, run.tool_calls - (was.tool_calls - as_wrapper(was).tool_calls))
    less = {"micro_usd": given.micro_usd, "calls": 1, "unpriced": given.unpriced}
    of_minute = spend.c.minute == end_ns // NS_PER_MINUTE, spend.c.agent == given.agent
    values = {name: spend.c[name] - amount for name, amount in less.items()}
    await connection.execute(sa.update(spend).where(*of_minute).values(values))


async def note_wrappers(
    connection: AsyncConnection, places: Iterable[tuple[str, str]], *, now_ns: int
) -> None:
    """Note spans, by trace and id, that the span store still has as calls."""
    rows: list[dict[str, Any]] = [
        {"trace": trace, "span": span, "at_ns": now_ns, "amended": False} for trace, span in sorted(places)
    ]
    if rows:
        made = insert_into(connection, taken_back)
        again = {"amended": False, "at_ns": now_ns}
        statement = made.on_conflict_do_update(index_elements=["trace", "span"], set_=again)
        await connection.execute(statement, rows)


async def amend_wrappers(db: Database, store: SpanStore) -> None:
    """Store again what was noted, as it is; what a kill interrupts is done again, and is the same.

    Raises:
        Unavailable: the span store failed; what it has not got is still noted.
    """
    while noted := await _list_noted(db):
        by_trace: defaultdict[str, list[str]] = defaultdict(list)
        for trace, span in noted:
            by_trace[trace].append(span)
        amended = [
            as_wrapper(span)
            for trace, ids in by_trace.items()
            for span in await store.list_some(trace, ids)
            if span.billed
        ]
        await store.write(amended, token=f"taken-back-{noted[0][1]}-{len(noted)}-{len(amended)}")
        async with db.write() as connection:
            for trace, ids in by_trace.items():
                these = taken_back.c.trace == trace, taken_back.c.span.in_(ids)
                await connection.execute(sa.update(taken_back).where(*these).values(amended=True))


async def _list_noted(db: Database) -> list[tuple[str, str]]:
    query = (
        sa.select(taken_back.c.trace, taken_back.c.span)
        .where(sa.not_(taken_back.c.amended))
        .limit(AMENDED_AT_ONCE)
    )
    async with db.read() as connection:
        return [(row[0], row[1]) for row in await connection.execute(query)]
