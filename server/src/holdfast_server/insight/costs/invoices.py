"""Invoices that were imported, and how they compare with the books."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.errors import NotFound
from holdfast_server.insight.costs.invoice import Kind, Line, Provider, read_invoice
from holdfast_server.insight.costs.tables import invoice_lines, invoices
from holdfast_server.insight.costs.variance import Key, Reason, Recorded, compare
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.kit.ids import new_id
from holdfast_server.kit.paging import Page, PageAsk, read_cursor, write_cursor
from holdfast_server.kit.wire import MICRO, NS_PER_S, Wire, at
from holdfast_server.record.books.tables import SLOT_NS, SLOT_S, charges

SOLD_BY: Final = {
    "openai": ("openai",),
    "anthropic": ("anthropic",),
    "google": ("google", "gemini", "vertex", "gcp"),
    "azure": ("azure",),
    "aws": ("aws", "bedrock", "amazon"),
}
"""How the books call whoever sends the invoice: what a provider's name there begins with."""
DAY_SLOTS: Final = 86_400 // SLOT_S
INSERT_ROWS: Final = 5_000


class Invoice(Wire):
    """An invoice that was imported."""

    id: str
    provider: Provider
    name: str
    first_day: date
    last_day: date
    billed_usd: float
    lines: int
    by: str
    imported_at: datetime


class Variance(Wire):
    """One model on one day: what was billed, and what was recorded."""

    day: date
    model: str
    billed_usd: float
    recorded_usd: float
    difference_usd: float
    """Billed more than recorded."""
    reason: Reason


class Variances(Wire):
    """An invoice beside the books."""

    invoice: Invoice
    billed_usd: float
    recorded_usd: float
    difference_usd: float
    explained_usd: float
    """The part of all differences, up or down, that has a reason."""
    unexplained_usd: float
    reasons: dict[Reason, float]
    """Difference in USD by reason."""
    items: list[Variance]
    next: str | None = None


class Invoices:
    """Imports invoices and explains them."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def add(self, text: str, *, name: str, by: str, provider: Provider | None = None) -> Invoice:
        """Import an export; the same one again is the one that is here already.

        Raises:
            Invalid: it is no export that is known, or a line of it cannot be read.
        """
        whose, lines = read_invoice(text, provider)
        digest = hashlib.sha256(text.encode()).hexdigest()
        async with self._db.write() as connection:
            known = await connection.scalar(sa.select(invoices.c.id).where(invoices.c.digest == digest))
            if known is not None:
                return await self._get(connection, known)
            row: dict[str, Any] = {
                "id": new_id("inv"),
                "provider": whose,
                "name": name,
                "first_day": min(line.day for line in lines),
                "last_day": max(line.day for line in lines),
                "by": by,
                "digest": digest,
                "micro_usd": sum(line.micro_usd for line in lines),
                "lines": len(lines),
                "imported_ns": self._clock(),
            }
            await connection.execute(sa.insert(invoices).values(row))
            await _keep(connection, row["id"], lines)
            return await self._get(connection, row["id"])

    async def page(self, page: PageAsk) -> Page[Invoice]:
        """Invoices, the latest import first."""
        query = sa.select(invoices).order_by(invoices.c.imported_ns.desc(), invoices.c.id.desc())
        if page.cursor:
            query = query.where(sa.tuple_(invoices.c.imported_ns, invoices.c.id) < read_cursor(page.cursor))
        async with self._db.read() as connection:
            rows = (await connection.execute(query.limit(page.limit + 1))).mappings().all()
        shown = rows[: page.limit]
        more = len(rows) > page.limit
        following = write_cursor(shown[-1]["imported_ns"], shown[-1]["id"]) if more else None
        return Page(items=[_show(row) for row in shown], next=following)

    async def remove(self, invoice: str) -> Invoice:
        """Forget an invoice."""
        async with self._db.write() as connection:
            found = await self._get(connection, invoice)
            await connection.execute(sa.delete(invoice_lines).where(invoice_lines.c.invoice == invoice))
            await connection.execute(sa.delete(invoices).where(invoices.c.id == invoice))
        return found

    async def explain(
        self, invoice: str, page: PageAsk, *, reason: Literal["", "unexplained"] = ""
    ) -> Variances:
        """An invoice beside the books, by model and day.

        Raises:
            NotFound: there is no such invoice.
        """
        async with self._db.read() as connection:
            found = await self._get(connection, invoice)
            lines = await _lines(connection, invoice)
            recorded = await _recorded(connection, found)
        told = [
            Variance(
                day=date.fromisoformat(one.day),
                model=one.model,
                billed_usd=one.billed / MICRO,
                recorded_usd=one.recorded / MICRO,
                difference_usd=(one.billed - one.recorded) / MICRO,
                reason=one.reason,
            )
            for one in compare(lines, recorded)
        ]
        return _sum_up(found, told, page, reason)

    async def _get(self, connection: AsyncConnection, invoice: str) -> Invoice:
        query = sa.select(invoices).where(invoices.c.id == invoice)
        row = (await connection.execute(query)).mappings().first()
        if row is None:
            raise NotFound(f"there is no invoice {invoice}", hint="`holdfast costs invoices` lists them.")
        return _show(row)


def _sum_up(found: Invoice, told: list[Variance], page: PageAsk, reason: str) -> Variances:
    reasons: defaultdict[Reason, float] = defaultdict(float)
    explained = unexplained = 0.0
    for one in told:
        reasons[one.reason] += one.difference_usd
        if one.reason == "unexplained":
            unexplained += abs(one.difference_usd)
        else:
            explained += abs(one.difference_usd)
    wanted = [one for one in told if reason in ("", one.reason)]
    start = read_cursor(page.cursor)[0] if page.cursor else 0
    shown = wanted[start : start + page.limit]
    after = start + page.limit
    return Variances(
        invoice=found,
        billed_usd=sum(one.billed_usd for one in told),
        recorded_usd=sum(one.recorded_usd for one in told),
        difference_usd=sum(one.difference_usd for one in told),
        explained_usd=explained,
        unexplained_usd=unexplained,
        reasons=dict(reasons),
        items=shown,
        next=write_cursor(after, "") if after < len(wanted) else None,
    )


async def _keep(connection: AsyncConnection, invoice: str, lines: list[Line]) -> None:
    for start in range(0, len(lines), INSERT_ROWS):
        rows = [
            {
                "invoice": invoice,
                "number": number,
                "day": line.day,
                "model": line.model,
                "kind": line.kind,
                "unit": line.unit,
                "text": line.text,
                "quantity": line.quantity,
                "micro_usd": line.micro_usd,
            }
            for number, line in enumerate(lines[start : start + INSERT_ROWS], start=start)
        ]
        await connection.execute(sa.insert(invoice_lines), rows)


async def _lines(connection: AsyncConnection, invoice: str) -> list[Line]:
    table = invoice_lines.c
    query = sa.select(table.day, table.model, table.kind, table.micro_usd, table.text)
    rows = await connection.execute(query.where(table.invoice == invoice).order_by(table.number))
    kinds: dict[str, Kind] = {"input": "input", "output": "output"}
    return [
        Line(row.day, row.model, kinds.get(row.kind, "other"), int(row.micro_usd), row.text) for row in rows
    ]


async def _recorded(connection: AsyncConnection, invoice: Invoice) -> dict[Key, Recorded]:
    """What the books have of the invoice's days, cut at midnight UTC as providers do."""
    midnight = datetime.combine(invoice.first_day, datetime.min.time(), tzinfo=UTC)
    first = int(midnight.timestamp()) * NS_PER_S // SLOT_NS
    after = first + ((invoice.last_day - invoice.first_day).days + 1) * DAY_SLOTS
    day = charges.c.slot - charges.c.slot % DAY_SLOTS
    sums = sa.func.sum(charges.c.micro_usd), sa.func.sum(charges.c.unpriced)
    columns = (charges.c.provider, charges.c.model, day)
    query = sa.select(*columns, *sums).where(
        charges.c.slot >= first, charges.c.slot < after, charges.c.model != ""
    )
    found: defaultdict[Key, Recorded] = defaultdict(Recorded)
    for provider, model, slot, micro_usd, unpriced in await connection.execute(query.group_by(*columns)):
        if str(provider).lower().startswith(SOLD_BY[invoice.provider]):
            past = invoice.first_day + timedelta(days=(int(slot) - first) // DAY_SLOTS)
            one = found[str(model), past.isoformat()]
            one.micro_usd += int(micro_usd)
            one.unpriced += int(unpriced)
    return dict(found)


def _show(row: sa.RowMapping) -> Invoice:
    return Invoice(
        id=row["id"],
        provider=row["provider"],
        name=row["name"],
        first_day=date.fromisoformat(row["first_day"]),
        last_day=date.fromisoformat(row["last_day"]),
        billed_usd=row["micro_usd"] / MICRO,
        lines=row["lines"],
        by=row["by"],
        imported_at=at(row["imported_ns"]),
    )
