"""`holdfast doctor`: what is governed, what is not, and what is set up wrongly."""

from __future__ import annotations

from typing import Final

import click
import msgspec

from holdfast.cli.check import Check, State
from holdfast.cli.exits import Exit
from holdfast.cli.printing import json_option, print_json

MARKS: Final[dict[State, tuple[str, str]]] = {
    "ok": ("ok  ", "green"),
    "note": ("note", ""),
    "warn": ("warn", "yellow"),
    "fail": ("FAIL", "red"),
}


@click.command()
@json_option
@click.pass_context
def doctor(ctx: click.Context, *, as_data: bool) -> None:
    """Say what is governed and what is set up wrongly.

    Tells where every setting came from, which frameworks are governed in a tested version, and what passes no
    door. Changes nothing; exits with 1 when something is set up wrongly.
    """
    from holdfast.cli.examination import examine

    checks: list[Check] = []
    for check in examine():
        checks.append(check)
        if not as_data:
            _print(check)
    ok = all(check.state != "fail" for check in checks)
    if as_data:
        print_json({"ok": ok, "checks": msgspec.to_builtins(checks)})
    ctx.exit(Exit.OK if ok else Exit.FAILED)


def _print(check: Check) -> None:
    mark, colour = MARKS[check.state]
    click.echo(f"{click.style(mark, fg=colour or None)}  {click.style(check.about, bold=True)}: {check.told}")
    for line in check.details:
        click.echo(f"        {line}")
    if check.hint:
        click.echo(f"        {click.style(check.hint, dim=True)}")
