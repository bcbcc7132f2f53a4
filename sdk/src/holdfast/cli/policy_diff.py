"""`holdfast policy diff`: what an edit newly allows, refuses or asks, with a request that shows it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec

from holdfast.cli.exits import Exit
from holdfast.cli.printing import json_option, plural, print_json

if TYPE_CHECKING:
    from holdfast.decision.proof import Change, Diff

COLOURS: Final = {"allows": "green", "refuses": "red", "asks": "yellow", "changes": "yellow"}


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--contracts", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Contracts of tools, as /v1/tools or `holdfast tools` give them.")  # fmt: skip
@json_option
@click.pass_context
def diff(ctx: click.Context, *, old: Path, new: Path, contracts: Path | None, as_data: bool) -> None:
    """Say what the policies NEW allow, refuse or ask that the policies OLD did not.

    Proved with z3 over every request there could be; each change is told with one that both sets of compiled
    policies have judged. Exits with 0 when nothing changes, 1 when something does or could not be decided.
    Needs the solver: pip install 'holdfast[prove]'.
    """
    from holdfast.cli.policies import compile_policies, read_contracts
    from holdfast.decision.proof import diff_bundles

    known = read_contracts(contracts)
    before, _ = compile_policies(old, contracts=known)
    after, _ = compile_policies(new, contracts=known)
    started = time.perf_counter()
    found = diff_bundles(before, after)
    took_ms = (time.perf_counter() - started) * 1_000
    if as_data:
        print_json({"same": found.same, "took_ms": round(took_ms, 1), **msgspec.to_builtins(found)})
    else:
        _print(found, took_ms)
        if found.undecided and contracts is None:
            click.echo(
                "Tools without a contract: give --contracts FILE, as /v1/tools answers them.", err=True
            )
    ctx.exit(Exit.OK if found.same else Exit.FAILED)


def _print(found: Diff, took_ms: float) -> None:
    for change in found.changes:
        _print_change(change)
    for one in found.undecided:
        click.secho(f"undecided  {f'{one.tool} {one.direction}'.rstrip()}: {one.why}", fg="yellow")
    for one in found.settings:
        word = click.style(f"{one.direction:<9}", fg=COLOURS[one.direction], bold=True)
        click.echo(f"{word}  {one.section}, {one.name}: {one.before or 'unset'} → {one.after or 'unset'}")
    counts = {"change": found.changes, "setting": found.settings, "undecided one": found.undecided}
    told = ", ".join(plural(len(ones), word) for word, ones in counts.items() if ones) or "nothing changes"
    click.echo(f"{told}; {plural(found.compared, 'action')} compared in {took_ms:.0f} ms")


def _print_change(change: Change) -> None:
    example = change.example
    word = click.style(f"{change.direction:<9}", fg=COLOURS[change.direction], bold=True)
    click.echo(f"{word}  {click.style(change.tool, bold=True)}: {change.before} → {change.after}")
    target = "" if example.target == change.tool else f" on {example.target}"
    click.echo(f"           {example.agent}{target}: {json.dumps(example.arguments, ensure_ascii=False)}")
    if example.context:
        click.echo(f"           when {json.dumps(example.context, ensure_ascii=False)}")
    if not example.exact:
        click.echo("           (judged in this context; no arguments were found that lead to it)")
    if change.rules:
        click.echo(click.style(f"           by {', '.join(change.rules)}", dim=True))
