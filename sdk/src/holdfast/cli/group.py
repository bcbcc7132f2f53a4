"""`holdfast`: our own commands, those of other packages, and one place where errors become exit codes."""

from __future__ import annotations

from functools import cached_property
from importlib.metadata import version
from typing import Any, Final

import click

from holdfast.cli.agents import agents
from holdfast.cli.approvals import approvals
from holdfast.cli.breakers import breakers
from holdfast.cli.budgets import budgets
from holdfast.cli.costs import costs, signal
from holdfast.cli.coverage import coverage
from holdfast.cli.decide import decide
from holdfast.cli.detect import detect
from holdfast.cli.detectors import detectors
from holdfast.cli.doctor import doctor
from holdfast.cli.enforcement import enforcement
from holdfast.cli.exits import MEANINGS, of_error
from holdfast.cli.explain import explain
from holdfast.cli.gateway import gateway
from holdfast.cli.kill import kill, list_kills
from holdfast.cli.plugins import Plugins, load_plugins
from holdfast.cli.policy import policy
from holdfast.cli.price import price
from holdfast.cli.reliability import reliability
from holdfast.cli.replay import replay
from holdfast.cli.retention import retention
from holdfast.cli.runs import runs
from holdfast.cli.search import search, views
from holdfast.cli.sessions import sessions
from holdfast.cli.slos import slos
from holdfast.cli.tools import tools
from holdfast.cli.verify import verify
from holdfast.errors import HoldfastError

EPILOG: Final = "\b\nExit codes:\n" + "\n".join(f"  {code:d}  {told}" for code, told in MEANINGS.items())


class Commands(click.Group):
    """A group that also finds the commands of other packages; they are loaded only when one is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted({*self.commands, *self._plugins.commands})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, cmd_name) or self._plugins.commands.get(cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except HoldfastError as error:
            click.secho(f"holdfast: {error.message}", err=True, fg="red")
            if error.hint:
                click.echo(error.hint, err=True)
            ctx.exit(of_error(error))

    @cached_property
    def _plugins(self) -> Plugins:
        plugins = load_plugins()
        for told in plugins.broken:
            click.echo(f"holdfast: these commands are missing, their package is broken: {told}", err=True)
        return plugins


@click.group(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("holdfast"), prog_name="holdfast")
def holdfast() -> None:
    """Decide before an agent acts, record what happened, show what it meant.

    Commands that ask a server find it by --server, then by the settings.
    """


for _command in (
    agents,
    approvals,
    breakers,
    budgets,
    costs,
    coverage,
    decide,
    detect,
    detectors,
    doctor,
    enforcement,
    explain,
    gateway,
    kill,
    policy,
    reliability,
    price,
    replay,
    retention,
    runs,
    search,
    slos,
    signal,
    sessions,
    tools,
    verify,
    views,
):
    holdfast.add_command(_command)
holdfast.add_command(list_kills, "kills")
