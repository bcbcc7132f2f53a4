"""`holdfast verify`: whether a ledger, a checkpoint or a receipt is what it says it is, offline."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec

from holdfast.cli.exits import Exit
from holdfast.cli.printing import json_option, print_json
from holdfast.errors import Invalid

if TYPE_CHECKING:
    from holdfast.record.ledger import Report

CLEAR: Final = "\r\x1b[K"
"""Wipes the line that the cursor stands on."""


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--key", "key_file", type=click.Path(path_type=Path), metavar="FILE",
              help="Trust this public key instead of the one that lies beside the ledger.")  # fmt: skip
@json_option
@click.pass_context
def verify(ctx: click.Context, *, path: Path, key_file: Path | None, as_data: bool) -> None:
    """Check a ledger, a checkpoint or a receipt.

    PATH may be a data folder, too. Exits with 1 when something does not hold, and names the first record that
    cannot be trusted. Without --key the public key in the folder is believed, and
    printed, so that you can compare it with the copy you trust.
    """
    from holdfast.record.ledger import verify as verify_ledger

    key = None if key_file is None else _read_key(key_file)
    watched = sys.stderr.isatty()
    report = verify_ledger(path, key=key, progress=_tell if watched else None)
    if watched:
        click.echo(CLEAR, nl=False, err=True)
    if as_data:
        print_json(msgspec.to_builtins(report))
    else:
        for part in report.parts or (report,):
            _print(part)
    ctx.exit(Exit.OK if report.ok else Exit.FAILED)


def _read_key(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"--key: {file} cannot be read: {error}") from error


def _tell(folder: Path, checked: int) -> None:
    """One line that is written over until the next one."""
    click.echo(f"{CLEAR}{folder.name}: {checked:,} records checked", nl=False, err=True)


def _print(report: Report) -> None:
    if report.ok:
        click.secho(f"holds   {report.path}", fg="green")
        click.echo(f"        {report.kind}, {report.size:,} records, {report.signed:,} of them signed")
    else:
        click.secho(f"BROKEN  {report.path}", fg="red")
        where = "" if report.bad_index is None else f" (first bad record: {report.bad_index})"
        click.echo(f"        {report.error}{where}")
    for told in (report.root and f"root {report.root}", report.key and f"key  {report.key}", *report.notes):
        if told:
            click.echo(f"        {told}")
