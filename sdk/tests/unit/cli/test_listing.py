from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from holdfast.cli.listing import Listing


@click.group(cls=Listing)
def things() -> None:
    """Things."""


@things.command("list")
@click.option("--state", default="any", help="Which.")
def list_things(*, state: str) -> None:
    """List things."""
    click.echo(f"things: {state}")


@things.command("show")
@click.argument("thing")
def show_thing(*, thing: str) -> None:
    """Show one thing."""
    click.echo(f"thing {thing}")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ([], "things: any"),
        (["--state", "new"], "things: new"),
        (["list", "--state", "new"], "things: new"),
        (["show", "7"], "thing 7"),
    ],
)
def test_a_noun_alone_lists_and_takes_the_options_of_list(said: list[str], told: str) -> None:
    assert CliRunner().invoke(things, said).stdout == f"{told}\n"


def test_help_is_about_the_noun() -> None:
    told = CliRunner().invoke(things, ["--help"]).stdout
    assert "list" in told
    assert "show" in told


def test_an_unknown_verb_is_bad_input() -> None:
    assert CliRunner().invoke(things, ["shwo", "7"]).exit_code == 2
