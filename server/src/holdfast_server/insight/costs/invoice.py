"""Invoices: the CSV exports of five providers read into one kind of line.

| provider | export | what is read |
| --- | --- | --- |
| openai | Usage → Costs → Export | start_time_iso, line_item, amount_value, amount_currency, quantity |
| anthropic | Console → Cost → Export | usage_date_utc, model, token_type, cost_usd |
| google | Billing → Cost table, or the BigQuery export | usage start, SKU, usage amount, unit, cost |
| azure | Cost analysis → usage details | date, meter, quantity, cost in USD |
| aws | Cost and Usage Report, 1 and 2 | usage start, usage type, amount, unblended cost |
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

import msgspec

from holdfast_server.errors import Invalid
from holdfast_server.kit.wire import MICRO

LINES_MAX: Final = 200_000
PREAMBLE_MAX: Final = 40
TEXT_MAX: Final = 500
USD_MAX: Final = Decimal(10**9)

Provider = Literal["openai", "anthropic", "google", "azure", "aws"]
Kind = Literal["input", "output", "cache_read", "cache_write", "other"]


class Line(msgspec.Struct, frozen=True):
    """One line of an invoice."""

    day: str
    """ISO date, as the provider cuts days."""
    model: str
    """As the provider names it; empty for what is no model."""
    kind: Kind
    micro_usd: int
    text: str
    quantity: float | None = None
    unit: str = ""


class Format(msgspec.Struct, frozen=True):
    """Where an export keeps what; of several columns the first that is there is read."""

    provider: Provider
    day: tuple[str, ...]
    what: tuple[str, ...]
    """What was bought; all of them that are there."""
    cost: tuple[str, ...]
    known_by: tuple[str, ...]
    """Columns that no other export has."""
    model: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    currency: tuple[str, ...] = ()
    quantity: tuple[str, ...] = ()
    unit: tuple[str, ...] = ()


FORMATS: Final = (
    Format(
        "anthropic",
        day=("usage_date_utc",),
        what=("model", "usage_type", "token_type"),
        cost=("cost_usd",),
        known_by=("usage_date_utc", "cost_usd"),
        model=("model",),
        kind=("token_type",),
    ),
    Format(
        "openai",
        day=("start_time_iso", "start_time", "date"),
        what=("line_item",),
        cost=("amount_value",),
        known_by=("line_item", "amount_value"),
        currency=("amount_currency",),
        quantity=("quantity",),
    ),
    Format(
        "google",
        day=("usage start date", "usage_start_time"),
        what=("service description", "sku description", "sku.description", "sku_description"),
        cost=("unrounded cost ($)", "cost ($)", "unrounded cost", "cost"),
        known_by=("sku description|sku.description|sku_description",),
        currency=("currency",),
        quantity=("usage amount", "usage.amount", "usage_amount"),
        unit=("usage unit", "usage.unit", "usage_unit"),
    ),
    Format(
        "aws",
        day=("lineitem/usagestartdate", "line_item_usage_start_date"),
        what=(
            "lineitem/lineitemdescription",
            "line_item_line_item_description",
            "lineitem/usagetype",
            "line_item_usage_type",
        ),
        cost=("lineitem/unblendedcost", "line_item_unblended_cost"),
        known_by=("lineitem/unblendedcost|line_item_unblended_cost",),
        currency=("lineitem/currencycode", "line_item_currency_code"),
        quantity=("lineitem/usageamount", "line_item_usage_amount"),
        unit=("pricing/unit", "pricing_unit"),
    ),
    Format(
        "azure",
        day=("date", "usagedate", "usagedatetime"),
        what=("metersubcategory", "metername", "meter", "productname", "product"),
        cost=("costinusd", "costusd", "paygcostinusd", "costinbillingcurrency", "pretaxcost", "cost"),
        known_by=("metername|meter|metersubcategory",),
        currency=("billingcurrencycode", "billingcurrency", "currency"),
        quantity=("quantity", "usagequantity", "consumedquantity"),
        unit=("unitofmeasure",),
    ),
)

_MODEL: Final = re.compile(
    r"(?:gpt-?[0-9][\w.]*(?:[- ](?:mini|nano|turbo|pro|codex|realtime|audio)\b)*"
    r"|\bo[134](?:-(?:mini|pro|preview))?\b|text-embedding-[\w-]+"
    r"|claude[- ]?(?:[0-9.]+ ?)?(?:opus|sonnet|haiku|instant)?(?:[- ][0-9.]+)?"
    r"|gemini[- ][0-9.]+[- ](?:flash[- ]lite|flash|pro|ultra|nano)"
    r"|(?:llama|mistral|nova|titan|command|deepseek)[- ]?[\w.]*)",
    re.IGNORECASE,
)
_KINDS: Final[tuple[tuple[Kind, tuple[str, ...]], ...]] = (
    ("cache_read", ("cache_read", "cached input", "cache read", "cached", "cache-read")),
    ("cache_write", ("cache_write", "cache write", "cache_creation", "cache-write")),
    ("output", ("output", "outp", "generated", "completion")),
    ("input", ("input", "inp", "prompt", "context")),
)


def read_invoice(text: str, provider: Provider | None = None) -> tuple[Provider, list[Line]]:
    """Read an export.

    Args:
        text: the CSV; lines above its head are passed over.
        provider: whose it is; found out by its columns when not given.

    Raises:
        Invalid: it is none of these, not in US dollars, or a line of it cannot be read; the line is named.
    """
    head, rows = _find_head(text, provider)
    found = list(_lines(head, rows))
    if not found:
        raise Invalid(
            "the export has no line with a cost", hint="Export a month in which something was used."
        )
    return head.format.provider, found


class Head(msgspec.Struct, frozen=True):
    """The head of an export: its format, and where its columns are."""

    format: Format
    places: Mapping[str, int]
    number: int

    def one(self, row: Sequence[str], names: Sequence[str]) -> str:
        """The first of these columns that says something."""
        for name in names:
            place = self.places.get(name)
            if place is not None and place < len(row) and row[place].strip():
                return row[place].strip()
        return ""

    def all(self, row: Sequence[str], names: Sequence[str]) -> str:
        """What all of these columns say."""
        told = (self.one(row, (name,)) for name in names)
        return " · ".join(dict.fromkeys(one for one in told if one))[:TEXT_MAX]


def _find_head(text: str, provider: Provider | None) -> tuple[Head, Iterator[tuple[int, list[str]]]]:
    rows = enumerate(csv.reader(io.StringIO(text.removeprefix("\ufeff"))), start=1)
    try:
        for number, row in rows:
            if number > PREAMBLE_MAX:
                break
            places = {name.strip().lower(): place for place, name in enumerate(row)}
            for one in FORMATS:
                if provider in (None, one.provider) and _fits(one, places):
                    return Head(one, places, number), iter(rows)
    except csv.Error as error:
        raise Invalid(f"this is no CSV: {error}") from error
    wanted = provider or "OpenAI, Anthropic, Google, Azure or AWS"
    raise Invalid(f"this is no cost export of {wanted}", hint="docs/concepts/costs.md names the exports.")


def _fits(one: Format, places: Mapping[str, int]) -> bool:
    known = all(any(name in places for name in names.split("|")) for names in one.known_by)
    return known and any(name in places for name in one.day) and any(name in places for name in one.cost)


def _lines(head: Head, rows: Iterator[tuple[int, list[str]]]) -> Iterator[Line]:
    for count, (number, row) in enumerate(rows):
        if count >= LINES_MAX:
            raise Invalid(f"the export has over {LINES_MAX} lines", hint="Import one month at a time.")
        cost = head.one(row, head.format.cost)
        day = head.one(row, head.format.day)
        if not cost or not day:
            continue  # sums and blank lines under the table
        line = _line(head, row, number, day=_day(day, number), cost=_usd(head, row, cost, number))
        if line.micro_usd or line.quantity:
            yield line


def _line(head: Head, row: Sequence[str], number: int, *, day: str, cost: Decimal) -> Line:
    about = head.format
    text = head.all(row, about.what)
    model = head.one(row, about.model) or _model(text)
    quantity = head.one(row, about.quantity)
    return Line(
        day=day,
        model=model[:TEXT_MAX],
        kind=_kind((head.one(row, about.kind) or text).lower()),
        micro_usd=round(cost * MICRO),
        text=text,
        quantity=float(_number(quantity, number)) if quantity else None,
        unit=head.one(row, about.unit)[:TEXT_MAX],
    )


def _usd(head: Head, row: Sequence[str], text: str, number: int) -> Decimal:
    in_dollars = any(
        name.endswith("usd") or "($)" in name for name in head.format.cost if name in head.places
    )
    currency = head.one(row, head.format.currency).upper()
    if not in_dollars and currency not in ("", "USD"):
        raise Invalid(
            f"line {number} is in {currency}; costs are compared in US dollars",
            hint="Export in USD, or with the cost-in-USD column.",
        )
    return _number(text, number)


def _number(text: str, number: int) -> Decimal:
    cleaned = text.replace(",", "").replace("$", "").strip()
    try:
        value = Decimal(cleaned)
    except InvalidOperation as error:
        raise Invalid(f"line {number}: {text[:40]!r} is no number") from error
    if not value.is_finite() or abs(value) > USD_MAX * 1_000_000:
        raise Invalid(f"line {number}: {text[:40]!r} is no amount")
    return value


def _day(text: str, number: int) -> str:
    if text.isdecimal():
        return datetime.fromtimestamp(int(text[:12]), UTC).date().isoformat()
    try:
        return datetime.fromisoformat(text.replace(" UTC", "+00:00")).date().isoformat()
    except ValueError:
        pass
    for shape in ("%m/%d/%Y", "%Y/%m/%d"):
        try:
            return datetime.strptime(text[:10], shape).replace(tzinfo=UTC).date().isoformat()
        except ValueError:
            continue
    raise Invalid(f"line {number}: {text[:40]!r} is no date", hint="Dates are 2026-03-31 or 03/31/2026.")


def _kind(text: str) -> Kind:
    for kind, words in _KINDS:
        if any(word in text for word in words):
            return kind
    return "other"


def _model(text: str) -> str:
    """The model that a description names, as far as one can tell."""
    found = _MODEL.search(text.partition(",")[0] if ", " in text else text)
    return found.group().strip(" -") if found else ""
