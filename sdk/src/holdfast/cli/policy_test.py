"""`holdfast policy test`: run the tests that stand beside policies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from holdfast.cli.exits import Exit
from holdfast.cli.printing import json_option, print_json

if TYPE_CHECKING:
    from holdfast.decision.trial import Outcome


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--policies", type=click.Path(path_type=Path), metavar="PATH",
              help="The policies to test; by default those beside the tests.")  # fmt: skip
@click.option("--contracts", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Contracts of tools, as /v1/tools or `holdfast tools` give them.")  # fmt: skip
@json_option
@click.pass_context
def test(
    ctx: click.Context, *, path: Path | None, policies: Path | None, contracts: Path | None, as_data: bool
) -> None:
    """Run tests of policies: files that end in .test.yaml, at PATH or beside the policies.

    PATH may be the name of a pack that comes with Holdfast, too.

    Exits with 0 when all pass, 1 when one fails, and 2 when a file cannot be used or there are no tests.
    """
    from holdfast.cli.policies import compile_policies, find_trials, read_contracts
    from holdfast.decision.trial import run_trials

    files, beside = find_trials(path)
    bundle, _ = compile_policies(policies or beside, contracts=read_contracts(contracts))
    outcomes = [outcome for trials in files for outcome in run_trials(bundle, trials)]
    failed = [one for one in outcomes if not one.ok]
    if as_data:
        cases = [msgspec.to_builtins(one) for one in outcomes]
        print_json({"passed": len(outcomes) - len(failed), "failed": len(failed), "cases": cases})
    else:
        for one in failed:
            _print(one)
        click.echo(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed")
    ctx.exit(Exit.FAILED if failed else Exit.OK)


def _print(one: Outcome) -> None:
    click.echo(f"{click.style('FAIL', fg='red')}  {one.file}:{one.line} {click.style(one.name, bold=True)}")
    click.echo(f"      expected {one.expected}\n      got      {one.got}")
    for line in one.why.splitlines():
        click.echo(click.style(f"        {line}", dim=True))
