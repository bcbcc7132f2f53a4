"""`holdfast policy format`: Cedar files as stock Cedar lays them out."""

from __future__ import annotations

from pathlib import Path

import click

from holdfast.cli.exits import Exit
from holdfast.cli.printing import json_option, print_json


@click.command("format")
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit with 1 when a file would change."
)
@json_option
@click.pass_context
def format_files(ctx: click.Context, *, path: Path, only_check: bool, as_data: bool) -> None:
    """Lay out every .cedar file at PATH as stock Cedar does; comments stay, and so does the meaning."""
    found = [path] if path.is_file() else sorted(path.rglob("*.cedar"))
    files = [file for file in found if file.suffix == ".cedar"]
    changed = [file for file in files if _format(file, only_check=only_check)]
    if as_data:
        print_json(
            {"files": len(files), "changed": [str(file) for file in changed], "written": not only_check}
        )
    else:
        for file in changed:
            click.echo(f"{'would change' if only_check else 'written'}: {file}")
        click.echo(f"{len(files)} files, {len(changed)} {'to change' if only_check else 'changed'}")
    ctx.exit(Exit.FAILED if only_check and changed else Exit.OK)


def _format(file: Path, *, only_check: bool) -> bool:
    from holdfast.decision.cedar.formatting import format_cedar

    before = file.read_text(encoding="utf-8")
    after = format_cedar(before, source=str(file))
    if after != before and not only_check:
        file.write_text(after, encoding="utf-8")
    return after != before
