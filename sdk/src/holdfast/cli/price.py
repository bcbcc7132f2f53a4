"""`holdfast price`: what calls cost, by whose price; and history at today's prices."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import click
import msgspec

from holdfast import settings
from holdfast.cli.exits import Exit
from holdfast.cli.person import by_option
from holdfast.cli.printing import UNKNOWN, json_option, print_json, print_table, usd
from holdfast.cli.server import Server, asks_server

if TYPE_CHECKING:
    from holdfast.record import Priced, Usage

LINE_BYTES_MAX: Final = 1024 * 1024
_encode = msgspec.json.Encoder().encode


class Line(msgspec.Struct, frozen=True):
    """One call to be priced."""

    model: str
    usage: dict[str, Any]
    provider: str = ""
    on: str = ""
    tier: str = ""


@click.command()
@click.argument("file", type=click.File("rb"), default="-", metavar="[FILE]")
@click.option(
    "--on", default="", metavar="DATE", help="Price calls that say no day of their own as on this day."
)
@click.option("--prices", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Own prices: [[price]] tables that stand before the shipped ones.")  # fmt: skip
@click.option(
    "--reprice", is_flag=True, help="Instead: what the server's history would cost at its prices of today."
)
@click.option("--since", default="", metavar="TIME", help="With --reprice: from this time on.")
@click.option("--until", default="", metavar="TIME", help="With --reprice: before this time.")
@click.option("--apply", "apply", is_flag=True, help="With --reprice: let it hold.")
@by_option
@json_option
@asks_server
def price(
    server: Server,
    *,
    file: BinaryIO,
    on: str,
    prices: Path | None,
    reprice: bool,
    since: str,
    until: str,
    apply: bool,
    by: str,
    as_data: bool,
) -> None:
    """Price calls: one JSON object a line, {"provider", "model", "usage"}, and perhaps "on" and "tier".

    `usage` is what the provider sent, in its own words, or tokens in ours. With --json each line becomes one:
    {"tokens", "cost_usd", "price": {"source", "version", "model"}, "warnings"}; a cost that nobody knows is
    null.

    --reprice shows what the calls that the server recorded would cost at the prices that it has now, beside
    what they were priced at; nothing changes before --apply.

    Exits with 2 when lines could not be read; they are named, and the others are priced.
    """
    if reprice:
        _reprice(
            server,
            {"since": since or None, "until": until or None, "apply": apply, "by": by},
            as_data=as_data,
        )
        return
    from holdfast.record.own_prices import use_prices

    use_prices(prices or settings.load().prices)
    rows: list[tuple[str, ...]] = []
    bad = 0
    for number, raw in _lines(file):
        try:
            line = msgspec.json.decode(raw, type=Line)
        except (msgspec.MsgspecError, RecursionError) as error:
            bad += 1
            click.secho(f"line {number}: {error}", err=True, fg="red")
            sys.stderr.flush()
            continue
        usage, found = _price(line, on)
        if as_data:
            click.echo(_encode(as_json(usage, found)))
        else:
            tokens = f"{usage.input_tokens:,} in, {usage.output_tokens:,} out"
            cost = UNKNOWN if found.cost_usd is None else f"${found.cost_usd:.6f}"
            rows.append((line.model, tokens, cost, found.model, "; ".join(found.warnings)))
    if rows:
        print_table(("model", "tokens", "cost", "priced as", "warnings"), rows)
    if bad:
        click.get_current_context().exit(Exit.BAD_INPUT)


def as_json(usage: Usage, found: Priced) -> dict[str, Any]:
    """A priced call, as scripts read it."""
    return {
        "tokens": usage.parts(),
        "cost_usd": None if found.cost_usd is None else float(found.cost_usd),
        "price": {
            "source": found.source,
            "version": found.version,
            "model": found.model,
            "provider": found.provider,
        },
        "warnings": found.warnings,
    }


def _price(line: Line, on: str) -> tuple[Usage, Priced]:
    from holdfast.record import price as price_call
    from holdfast.record import read_usage
    from holdfast.record.answers import find_usage

    usage = read_usage(find_usage(line.usage) or line.usage)
    tier = line.tier or str(line.usage.get("service_tier") or "")
    return usage, price_call(line.provider, line.model, usage, on=line.on or on, tier=tier)


def _reprice(server: Server, ask: dict[str, Any], *, as_data: bool) -> None:
    told: Mapping[str, Any] = server.ask("POST", "/v1/prices/reprice", body=ask)
    if as_data:
        print_json(told)
        return
    rows = [
        (
            f"{one['provider'] or '?'}/{one['model']}",
            f"{one['calls']:,}",
            usd(one["before_usd"], unpriced=one["unpriced_before"]),
            usd(one["after_usd"], unpriced=one["unpriced_after"]),
        )
        for one in told["changes"]
    ]
    if rows:
        print_table(("model", "calls", "priced at", "now"), rows)
    state = "It holds now." if told["applied"] else "Nothing was changed; --apply lets it hold."
    before, after = usd(told["before_usd"]), usd(told["after_usd"])
    click.secho(f"{told['calls']:,} calls: {before} becomes {after}. {state}", dim=True)


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Every line that is not empty, with its number; one that is too long is cut, and so is no JSON."""
    number = 0
    while line := file.readline(LINE_BYTES_MAX + 1):
        number += 1
        rest = line
        while len(rest) > LINE_BYTES_MAX and not rest.endswith(b"\n"):
            rest = file.readline(LINE_BYTES_MAX + 1)
        if line.strip():
            yield number, line
