"""`holdfast policy presets` and `holdfast policy packs`: what policies can be made of."""

from __future__ import annotations

from typing import Final

import click
import msgspec

from holdfast.cli.exits import Exit
from holdfast.cli.printing import json_option, print_json, print_table

PRESET_COLUMNS: Final = ("preset", "category", "does")
PACK_COLUMNS: Final = ("pack", "rules", "for")


@click.command()
@click.argument("name", required=False)
@click.option("--category", metavar="WORD", help="Only those of one category.")
@json_option
@click.pass_context
def presets(ctx: click.Context, *, name: str | None, category: str | None, as_data: bool) -> None:
    """List the presets that rules are made of; with NAME, show one with its example and its Cedar."""
    from holdfast.decision.cedar import did_you_mean
    from holdfast.decision.pack import CATEGORIES, PRESETS, catalog

    for word, known in ((name, PRESETS), (category, CATEGORIES)):
        if word is not None and word not in known:
            click.secho(f"{word} is not known. {did_you_mean(word, known)}", fg="red", err=True)
            ctx.exit(Exit.BAD_INPUT)
    chosen = [one for one in catalog() if name in {None, one.name} and category in {None, one.category}]
    if as_data:
        print_json({"items": msgspec.to_builtins(chosen)})
        return
    if name is None:
        print_table(PRESET_COLUMNS, [(one.name, one.category, one.summary) for one in chosen])
        return
    for one in chosen:
        click.echo(f"{one.summary}\n\nDecides on {one.reads}.\n\n{one.example}\n{one.cedar}")


@click.command()
@click.argument("name", required=False)
@json_option
@click.pass_context
def packs(ctx: click.Context, *, name: str | None, as_data: bool) -> None:
    """List the packs that come with Holdfast; with NAME, print one."""
    from holdfast.decision.cedar import did_you_mean
    from holdfast.decision.packs import PACK_NAMES, about_pack, find_pack

    if name is not None and name not in PACK_NAMES:
        click.secho(f"there is no pack {name}. {did_you_mean(name, PACK_NAMES)}", fg="red", err=True)
        ctx.exit(Exit.BAD_INPUT)
    chosen = [name] if name else list(PACK_NAMES)
    if as_data:
        items = [{"name": one, "about": about_pack(one), "text": find_pack(one).text} for one in chosen]
        print_json({"items": items})
    elif name:
        click.echo(find_pack(name).text, nl=False)
    else:
        print_table(PACK_COLUMNS, [(one, _count(one), about_pack(one)) for one in chosen])


def _count(name: str) -> str:
    from holdfast.decision.pack import read_pack
    from holdfast.decision.packs import find_pack

    return str(len(read_pack(find_pack(name).text, source=name).rules))
