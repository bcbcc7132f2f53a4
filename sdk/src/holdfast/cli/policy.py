"""`holdfast policy`: whether policies can be used, and what they become."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.exits import Exit
from holdfast.cli.printing import json_option, print_json
from holdfast.errors import Misconfigured, PolicySyntaxError

if TYPE_CHECKING:
    from holdfast.decision import Bundle


@click.group()
def policy() -> None:
    """Work on policies without running an agent."""


@policy.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--source", is_flag=True, help="Show the Cedar that presets become.")
@json_option
@click.pass_context
def check(ctx: click.Context, *, path: Path | None, source: bool, as_data: bool) -> None:
    """Compile a policy file or folder; exits with 1 and the place when it cannot be used.

    Without PATH: the policies of the settings, then ./policies, then the starter pack.
    """
    from holdfast.cli.policies import compile_policies

    try:
        bundle, origin = compile_policies(path)
    except PolicySyntaxError as error:
        _print_error(error, as_data=as_data)
        ctx.exit(Exit.FAILED)
    cedar = _cedar(bundle) if source else None
    if as_data:
        print_json({"ok": True, "origin": origin, **_outline(bundle), "cedar": cedar, "error": None})
        return
    for name, text in (cedar or {}).items():
        click.echo(f"// {name}\n{text.strip()}\n")
    for warning in bundle.warnings:
        click.secho(f"warning: {warning}", fg="yellow", err=True)
    click.echo(_summary(bundle, origin))


def _cedar(bundle: Bundle) -> dict[str, str]:
    from holdfast.decision.bundle import cedar_text

    return {source.name: cedar_text(source, bundle.contracts) for source in bundle.sources}


def _outline(bundle: Bundle) -> dict[str, Any]:
    return {
        "bundle": bundle.hash,
        "sources": [{"name": source.name, "kind": source.kind} for source in bundle.sources],
        "agents": sorted(bundle.agents),
        "tools": sorted(bundle.contracts),
        "warnings": list(bundle.warnings),
    }


def _summary(bundle: Bundle, origin: str) -> str:
    counts = {
        "file": len(bundle.sources),
        "agent": len(bundle.agents),
        "tool": len(bundle.contracts),
        "warning": len(bundle.warnings),
    }
    told = ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for word, n in counts.items())
    return f"{origin}: {told}; bundle {bundle.hash[:12]}"


def _print_error(error: Misconfigured, *, as_data: bool) -> None:
    if as_data:
        place = {name: getattr(error, name, None) for name in ("path", "line", "column")}
        print_json({"ok": False, "error": {"message": error.message, "hint": error.hint, **place}})
        return
    click.secho(error.message, fg="red", err=True)
    if error.hint:
        click.echo(error.hint, err=True)
