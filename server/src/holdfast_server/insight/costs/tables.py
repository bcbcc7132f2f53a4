"""Where invoices are kept."""

from __future__ import annotations

import sqlalchemy as sa

from holdfast_server.kit.db import metadata


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _sum(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


invoices = sa.Table(
    "invoices",
    metadata,
    sa.Column("id", sa.Text, primary_key=True, server_default=""),
    *map(_text, ("provider", "name", "first_day", "last_day", "by", "digest")),
    *map(_sum, ("micro_usd", "lines", "imported_ns")),
)

invoice_lines = sa.Table(
    "invoice_lines",
    metadata,
    sa.Column("invoice", sa.Text, primary_key=True, server_default=""),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    *map(_text, ("day", "model", "kind", "unit", "text")),
    sa.Column("quantity", sa.Float),
    _sum("micro_usd"),
)
