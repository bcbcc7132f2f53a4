"""Options of commands that ask about a time: which one, in which calendar, and as what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

EVERY: Final = ("hour", "day", "week", "month")

csv_option: Final = click.option("--csv", "as_csv", is_flag=True, help="Print CSV, for spreadsheets.")
every_option: Final = click.option(
    "--every", type=click.Choice(EVERY), default="day", show_default=True, help="How long one point is."
)


def period_options(command: F) -> F:
    """`--days`, `--since`, `--until` and `--time-zone`, as the query that the server reads."""
    for option in (
        click.option("--time-zone", default="UTC", metavar="ZONE", help="Whose midnights count."),
        click.option("--until", default=None, metavar="TIME", help="Up to this time, ISO 8601."),
        click.option("--since", default=None, metavar="TIME", help="From this time on, ISO 8601."),
        click.option("--days", type=click.IntRange(1, 400), help="The last days; 7 unless said otherwise."),
    ):
        command = option(command)
    return command


def read_period(said: dict[str, Any]) -> dict[str, Any]:
    """Take these options out of what a command was given, as query parameters."""
    days, since = said.pop("days"), said.pop("since")
    if days and since:
        raise click.UsageError("Give --days or --since, not both.")
    if days:
        since = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
    return {"since": since, "until": said.pop("until"), "time_zone": said.pop("time_zone")}
