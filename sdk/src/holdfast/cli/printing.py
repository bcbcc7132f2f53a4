"""What commands print: JSON for programs, quiet tables and local times for people."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import click

from holdfast.decision.budgets.units import dollars

WIDE: Final = 400
"""Columns of a table that is not read on a terminal: nothing is cut off."""
NOTHING: Final = "-"
"""Stands where there is no value."""
UNKNOWN: Final = "unknown"
VERDICT_COLOURS: Final = {
    "allow": "green",
    "transform": "green",
    "ask": "yellow",
    "deny": "red",
    "halt": "red",
}
"""Colour is kept for verdicts."""
RUNG_COLOURS: Final = {**VERDICT_COLOURS, "warn": "yellow", "steer": "yellow"}
"""And for what detectors say before it comes to one."""

_number = re.compile(r"(?:≥ )?\$?[0-9][0-9,.]*(?: (?:ms|s|min))?").fullmatch

F = TypeVar("F", bound=Callable[..., Any])

json_option: Final = click.option("--json", "as_data", is_flag=True, help="Print JSON, for programs.")


def limit_option(default: int = 50) -> Callable[[F], F]:
    """`--limit`: how many things at most."""
    bounds = click.IntRange(1, 100_000)
    return click.option("--limit", type=bounds, default=default, show_default=True, help="How many at most.")


def print_json(value: Any) -> None:
    """One JSON document."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_page(
    page: Mapping[str, Any], columns: Sequence[str], rows: Iterable[Sequence[str]], *, none: str
) -> None:
    """A table of one page; without any row, the sentence that says so."""
    filled = list(rows)
    if not filled:
        click.echo(none)
        return
    print_table(columns, filled)
    if page.get("next"):
        click.echo(f"There are more than these {len(filled)}; --limit shows more.", err=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Rows under headings; numbers stand to the right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    filled = [tuple(row) for row in rows]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for place, name in enumerate(columns):
        numeric = all(_is_number(row[place]) for row in filled)
        # On a narrow terminal the id stays whole, because people copy it; the last column may wrap.
        whole = max(len(row[0]) for row in filled) if place == 0 else None
        table.add_column(
            name,
            justify="right" if numeric else "left",
            overflow="ellipsis",
            no_wrap=place < len(columns) - 1,
            min_width=whole,
        )
    for row in filled:
        table.add_row(*(Text(cell, style=VERDICT_COLOURS.get(cell, "")) for cell in row))
    Console(width=None if sys.stdout.isatty() else WIDE).print(table)


def plural(n: int, word: str) -> str:
    """`1 change`, `2 changes`."""
    return f"{n:,} {word}{'' if n == 1 else 's'}"


def print_facts(facts: Mapping[str, str]) -> None:
    """One fact a line, its name in front; what is empty is left out."""
    width = max(map(len, facts), default=0)
    for name, told in facts.items():
        if told:
            first, *rest = told.splitlines()
            click.echo(f"{click.style(name.ljust(width), dim=True)}  {first}")
            for line in rest:
                click.echo(f"{'':{width}}  {line}")


def local_time(text: str | None) -> str:
    """An RFC 3339 time on the reader's own clock, with the zone; what is no time stays as it is."""
    if not text:
        return ""
    try:
        return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
    except ValueError:
        return text


def short_time(text: str | None, *, now: datetime | None = None) -> str:
    """`local_time` for a cell of a table: without the year, unless it was another one."""
    told = local_time(text)
    year = f"{(now or datetime.now(UTC)).astimezone().year}-"
    return told.removeprefix(year)


def usd(value: float | None, *, unpriced: int = 0) -> str:
    """Money; what is unknown is not zero, and what is partly unknown is at least this."""
    if value is None:
        return UNKNOWN if unpriced else NOTHING
    return f"{'≥ ' if unpriced else ''}{dollars(value)}"


def duration(ms: float | None) -> str:
    """How long something took, in the unit a person would choose."""
    if ms is None:
        return ""
    if ms < 1_000:
        return f"{ms:.0f} ms"
    seconds = ms / 1_000
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def _is_number(cell: str) -> bool:
    return not cell or cell in {NOTHING, UNKNOWN} or bool(_number(cell))
