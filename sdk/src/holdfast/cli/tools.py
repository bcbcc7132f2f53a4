"""`holdfast tools`: contracts, from where they come to whether they fit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdfast.action.contracts import (
    SHIPPED,
    TOLD,
    as_said,
    drift,
    missing_tools,
    read_shipped,
    write_contracts,
)
from holdfast.cli.contracts import import_contracts, read_contracts
from holdfast.cli.exits import Exit
from holdfast.cli.listing import Listing
from holdfast.cli.printing import json_option, plural, print_json, print_table
from holdfast.errors import Misconfigured, NotFound, PolicySyntaxError

if TYPE_CHECKING:
    from holdfast.action import Contract
    from holdfast.action.contracts import Drift

FOLDER = Path("policies")
policies_option = click.option(
    "--policies", type=click.Path(path_type=Path), help="The policy file or folder; that of the settings."
)


@click.group(cls=Listing)
def tools() -> None:
    """Look at the contracts of tools, import them, and compare them."""


@tools.command("list")
@click.option("--shipped", is_flag=True, help="Those that come with Holdfast, instead of the policies'.")
@policies_option
@json_option
def list_tools(*, shipped: bool, policies: Path | None, as_data: bool) -> None:
    """List the tools that the policies speak of, or the contracts that come with Holdfast."""
    if shipped:
        _list_shipped(as_data=as_data)
        return
    contracts, _ = _policies(policies)
    if as_data:
        print_json({"items": [_outline(contract) for contract in contracts.values()]})
        return
    rows = [
        (one.tool, str(one.effect), "yes" if one.egress else "", ", ".join(one.critical), str(one.origin))
        for one in sorted(contracts.values(), key=lambda one: one.tool)
    ]
    if not rows:
        click.echo("The policies speak of no tool. `holdfast tools add mcp/github` takes contracts in.")
        return
    print_table(("tool", "effect", "leaves", "critical", "from"), rows)


@tools.command()
@click.argument("name")
@policies_option
@json_option
def show(name: str, *, policies: Path | None, as_data: bool) -> None:
    """Show the contract of a tool, or all of those that come under a name such as mcp/github."""
    if name in SHIPPED and not as_data:
        click.echo(read_shipped(name), nl=False)
        return
    found = read_contracts(name) if name in SHIPPED else _one(name, policies)
    if as_data:
        print_json({"items": [_outline(contract) for contract in found.values()]})
        return
    click.echo(write_contracts(found.values()), nl=False)
    for contract in found.values():
        click.echo(f"# fingerprint {contract.fingerprint()}")


@tools.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@json_option
@click.pass_context
def check(ctx: click.Context, *, path: Path | None, as_data: bool) -> None:
    """Check every contract of the policies; exits with 1 and the place when one cannot be kept."""
    try:
        contracts, warnings = _policies(path)
    except Misconfigured as error:
        place = (
            {"path": error.path, "line": error.line, "column": error.column}
            if isinstance(error, PolicySyntaxError)
            else {}
        )
        if as_data:
            print_json({"ok": False, "error": {"message": error.message, "hint": error.hint, **place}})
        else:
            click.secho(error.message, fg="red", err=True)
            click.echo(error.hint, err=True)
        ctx.exit(Exit.FAILED)
    if as_data:
        print_json({"ok": True, "tools": sorted(contracts), "warnings": warnings, "error": None})
        return
    for warning in warnings:
        click.secho(f"warning: {warning}", fg="yellow", err=True)
    click.echo(f"{len(contracts)} contracts, all of which can be kept")


@tools.command()
@click.argument("old")
@click.argument("new")
@click.option("--told", is_flag=True, help="Compare only what a server says of its tools, not the terms.")
@json_option
@click.pass_context
def diff(ctx: click.Context, old: str, new: str, *, told: bool, as_data: bool) -> None:
    """Compare two sources of contracts, tool by tool; exits with 1 when anything differs.

    OLD and NEW are policy files or folders, files with an answer to tools/list or an OpenAPI document, names
    such as mcp/github, or python:MODULE.
    """
    before, after = read_contracts(old), read_contracts(new)
    fields = TOLD if told else None
    drifts = [
        found
        for name in sorted(before.keys() & after.keys())
        if (found := drift(before[name], after[name], fields=fields)) is not None
    ]
    added, removed = sorted(after.keys() - before.keys()), sorted(before.keys() - after.keys())
    if as_data:
        print_json(
            {
                "same": not (drifts or added or removed),
                "added": added,
                "removed": removed,
                "changed": [drift_as_data(one) for one in drifts],
            }
        )
    else:
        _print_diff(drifts, added, removed)
    ctx.exit(Exit.FAILED if drifts or added or removed else Exit.OK)


@tools.command("import")
@click.argument("kind", type=click.Choice(["mcp", "openapi", "python"]))
@click.argument("source")
@click.option("--write", "file", type=click.Path(path_type=Path), help="Write a policy file; never over one.")
@click.option("--trust", is_flag=True, help="Take a server's hints that loosen, too (MCP).")
@json_option
def import_(kind: str, source: str, *, file: Path | None, trust: bool, as_data: bool) -> None:
    """Read contracts out of an MCP tools/list answer, an OpenAPI document or Python functions.

    SOURCE is a file, - for the standard input, or for python MODULE or MODULE:FUNCTION.
    """
    imported = import_contracts(kind, source, trust=trust)
    text = write_contracts(
        imported.contracts,
        head=f"Imported from {source} ({kind}). Review before you rely on it.",
        notes=imported.notes,
    )
    if file is not None:
        _write(file, text)
    if as_data:
        print_json(
            {
                "items": [_outline(contract) for contract in imported.contracts],
                "notes": [{"tool": note.tool, "message": note.message} for note in imported.notes],
                "written": str(file) if file else None,
            }
        )
        return
    if file is None:
        click.echo(text, nl=False)
        return
    for note in imported.notes:
        click.echo(f"{note.tool or 'all'}: {note.message}", err=True)
    click.echo(f"{plural(len(imported.contracts), 'contract')} written to {file}")


@tools.command()
@click.argument("name")
@click.option(
    "--to", "folder", type=click.Path(path_type=Path), default=FOLDER, show_default=True, help="The folder."
)
@click.option("--prefix", default="", help="What the client puts before the names of the server's tools.")
@click.option("--copy", is_flag=True, help="Write the contracts themselves, to change them.")
@json_option
def add(name: str, *, folder: Path, prefix: str, copy: bool, as_data: bool) -> None:
    """Take contracts that come with Holdfast into the policies: one new file in their folder."""
    text = read_shipped(name)
    if copy and prefix:
        raise Misconfigured("a copy has no prefix", hint="Rename the tools in the file, or leave --copy out.")
    if not copy:
        entry = f"{{from: {name}, prefix: {prefix}}}" if prefix else name
        text = f"# `holdfast tools show {name}` shows these contracts.\ntools:\n  use: [{entry}]\n"
    file = folder / f"{name.replace('/', '-')}.yaml"
    _write(file, text)
    if as_data:
        print_json({"written": str(file), "name": name})
        return
    click.echo(f"{file} written; now allow its tools in your rules, e.g. allow_effects: {{effects: [read]}}")


def drift_as_data(found: Drift) -> dict[str, Any]:
    """What changed in one tool, as plain data."""
    return {
        "tool": found.tool,
        "old": found.old,
        "new": found.new,
        "loosens": found.loosens,
        "more": found.more,
        "changes": [
            {
                "path": change.path,
                "about": change.about,
                "before": change.before,
                "after": change.after,
                "loosens": change.loosens,
            }
            for change in found.changes
        ],
    }


def _policies(path: Path | None) -> tuple[dict[str, Contract], list[str]]:
    from holdfast.cli.policies import compile_policies

    bundle, _ = compile_policies(path)
    contracts = dict(bundle.contracts)
    missing = [
        f"The {word} of {contract.tool} calls {needed}, which has no contract yet."
        for contract in contracts.values()
        for word, needed in missing_tools(contract, contracts.get)
    ]
    return contracts, missing


def _one(name: str, policies: Path | None) -> dict[str, Contract]:
    contracts, _ = _policies(policies)
    if name not in contracts:
        raise NotFound(f"the policies do not speak of {name}", hint="`holdfast tools` lists the tools.")
    return {name: contracts[name]}


def _outline(contract: Contract) -> dict[str, Any]:
    return {"tool": contract.tool, "fingerprint": contract.fingerprint(), "contract": as_said(contract)}


def _list_shipped(*, as_data: bool) -> None:
    found = {name: read_contracts(name) for name in SHIPPED}
    if as_data:
        print_json({"items": [{"name": name, "tools": sorted(tools)} for name, tools in found.items()]})
        return
    heads = {name: read_shipped(name).partition("\n")[0].lstrip("# ") for name in SHIPPED}
    print_table(
        ("name", "tools", "what"), [(name, str(len(tools)), heads[name]) for name, tools in found.items()]
    )


def _print_diff(drifts: list[Drift], added: list[str], removed: list[str]) -> None:
    for name in added:
        click.echo(f"+ {name}")
    for name in removed:
        click.echo(f"- {name}")
    for found in drifts:
        click.echo(f"~ {found.tool}  {found.old[:12]} → {found.new[:12]}")
        for change in found.changes:
            click.secho(f"    {change.told}", fg="yellow" if change.loosens else None)
            for mark, value in (("-", change.before), ("+", change.after)):
                if value is not None:
                    click.echo(f"      {mark} {value}")
    if not (drifts or added or removed):
        click.echo("the same")


def _write(file: Path, text: str) -> None:
    """Write a new file; what people wrote is never written over.

    Raises:
        Misconfigured: there is one already, or it cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError as error:
        raise Misconfigured(
            f"{file} is there already", hint="Choose another name, or compare first."
        ) from error
    except OSError as error:
        raise Misconfigured(f"{file}: {error}") from error
