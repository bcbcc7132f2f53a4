"""`holdfast policy`: whether policies can be used, what they become, and what is odd about them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from holdfast.cli.exits import Exit
from holdfast.cli.policy_backtest import backtest
from holdfast.cli.policy_diff import diff
from holdfast.cli.policy_format import format_files
from holdfast.cli.policy_test import test
from holdfast.cli.presets import packs, presets
from holdfast.cli.printing import json_option, plural, print_json
from holdfast.errors import Misconfigured, PolicySyntaxError

if TYPE_CHECKING:
    from holdfast.decision import Bundle
    from holdfast.decision.lint import Lint

COLOURS = {"error": "red", "warning": "yellow", "info": ""}

path_argument = click.argument("path", required=False, type=click.Path(path_type=Path))
contracts_option = click.option(
    "--contracts",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Contracts of tools, as /v1/tools gives them.",
)
approvers_option = click.option("--approvers", default="", metavar="ROLES",
                                help="The roles that people have, with commas between.")  # fmt: skip
prove_option = click.option("--prove/--no-prove", default=None,
                            help="Ask the solver; by default when it is installed.")  # fmt: skip


@click.group()
def policy() -> None:
    """Work on policies without running an agent."""


@policy.command()
@path_argument
@click.option("--source", is_flag=True, help="Show the Cedar that presets become.")
@contracts_option
@approvers_option
@prove_option
@json_option
@click.pass_context
def check(
    ctx: click.Context,
    *,
    path: Path | None,
    source: bool,
    contracts: Path | None,
    approvers: str,
    prove: bool | None,
    as_data: bool,
) -> None:
    """Compile a policy file or folder; exits with 1 and the place when it cannot be used.

    Without PATH: the policies of the settings, then ./policies, then the starter pack. What can be used and
    is probably a mistake is told and does not fail; `holdfast policy lint --strict` fails.
    """
    from holdfast.cli.policies import compile_policies, read_contracts

    try:
        bundle, origin = compile_policies(path, contracts=read_contracts(contracts))
    except PolicySyntaxError as error:
        _print_error(error, as_data=as_data)
        ctx.exit(Exit.FAILED)
    cedar = _cedar(bundle) if source else None
    lints = _lint(bundle, approvers, prove=prove)
    if as_data:
        told = {"ok": True, "origin": origin, **_outline(bundle), "cedar": cedar, "error": None}
        print_json({**told, "lints": msgspec.to_builtins(lints)})
        return
    for name, text in (cedar or {}).items():
        click.echo(f"// {name}\n{text.strip()}\n")
    _print_lints(lints)
    click.echo(_summary(bundle, origin, lints))


@policy.command()
@path_argument
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings as well.")
@contracts_option
@approvers_option
@prove_option
@json_option
@click.pass_context
def lint(
    ctx: click.Context,
    *,
    path: Path | None,
    strict: bool,
    contracts: Path | None,
    approvers: str,
    prove: bool | None,
    as_data: bool,
) -> None:
    """Tell what in a policy file or folder is probably a mistake.

    Dead and needless rules, permits that a forbid covers, names nobody has, look-alike domains, hidden
    characters, slips of the unit, tools without a policy. Exits with 1 when the policies cannot be used, and
    with --strict also for a warning.
    """
    from holdfast.cli.policies import compile_policies, read_contracts
    from holdfast.decision.lint import Severity, of_error

    try:
        bundle, _ = compile_policies(path, contracts=read_contracts(contracts))
        lints = _lint(bundle, approvers, prove=prove)
    except PolicySyntaxError as error:
        lints = (of_error(error),)
    bad = [
        one
        for one in lints
        if one.severity is Severity.ERROR or (strict and one.severity is Severity.WARNING)
    ]
    if as_data:
        print_json({"ok": not bad, "lints": msgspec.to_builtins(lints)})
    else:
        _print_lints(lints)
        click.echo(plural(len(lints), "finding"))
    ctx.exit(Exit.FAILED if bad else Exit.OK)


@policy.command()
@path_argument
@click.option("--rule", default="", metavar="ID", help="Only the policies of this rule.")
@contracts_option
@json_option
def show(*, path: Path | None, rule: str, contracts: Path | None, as_data: bool) -> None:
    """Show the Cedar that a policy file or folder stands for."""
    from holdfast.cli.policies import compile_policies, read_contracts
    from holdfast.decision.lint.written import read_written
    from holdfast.errors import NotFound

    bundle, _ = compile_policies(path, contracts=read_contracts(contracts))
    found = [
        one
        for one in read_written(bundle).policies
        if not rule or one.id == rule or one.id.startswith(f"{rule}/")
    ]
    if rule and not found:
        raise NotFound(f"there is no rule {rule}", hint="holdfast policy show lists them all.")
    if as_data:
        places = [{"id": one.id, "path": one.source, "line": one.line, "cedar": one.text} for one in found]
        print_json({"policies": places})
        return
    for one in found:
        click.echo(f"{click.style(f'// {one.source}:{one.line}', dim=True)}\n{one.text.strip()}\n")


policy.add_command(test)
policy.add_command(diff)
policy.add_command(backtest)
policy.add_command(format_files)
policy.add_command(presets)
policy.add_command(packs)


def _lint(bundle: Bundle, approvers: str, *, prove: bool | None) -> tuple[Lint, ...]:
    from holdfast.decision.lint import lint_bundle

    roles = [one.strip() for one in approvers.split(",") if one.strip()]
    return lint_bundle(bundle, approvers=roles or None, prove=prove)


def _print_lints(lints: tuple[Lint, ...]) -> None:
    for one in lints:
        click.secho(str(one), fg=COLOURS[one.severity] or None, err=True)


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


def _summary(bundle: Bundle, origin: str, lints: tuple[Lint, ...]) -> str:
    counts = {
        "file": len(bundle.sources),
        "agent": len(bundle.agents),
        "tool": len(bundle.contracts),
        "finding": len(lints),
    }
    told = ", ".join(plural(n, word) for word, n in counts.items())
    return f"{origin}: {told}; bundle {bundle.hash[:12]}"


def _print_error(error: Misconfigured, *, as_data: bool) -> None:
    if as_data:
        place = {name: getattr(error, name, None) for name in ("path", "line", "column")}
        print_json({"ok": False, "error": {"message": error.message, "hint": error.hint, **place}})
        return
    click.secho(error.message, fg="red", err=True)
    if error.hint:
        click.echo(error.hint, err=True)
