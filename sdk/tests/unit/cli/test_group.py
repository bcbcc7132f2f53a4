from __future__ import annotations

from importlib.metadata import EntryPoint

import click
import pytest
from click.testing import CliRunner

from holdfast.cli import group as module
from holdfast.cli.exits import MEANINGS
from holdfast.cli.group import Commands, holdfast
from holdfast.cli.plugins import Plugins, load_plugins
from holdfast.errors import Conflict, Unavailable


@click.command()
def brought() -> None:
    """Brought by another package."""
    click.echo("hello")


@click.command()
def failing() -> None:
    """Fail as a command may."""
    raise Conflict("It was answered already.", hint="Ask again.")


@click.command()
def lonely() -> None:
    """Find nobody."""
    raise Unavailable("Nobody is there.")


def a_group(*commands: click.Command, broken: tuple[str, ...] = ()) -> Commands:
    made = Commands("holdfast")
    made.__dict__["_plugins"] = Plugins({str(one.name): one for one in commands}, broken)
    return made


def test_the_commands_of_other_packages_stand_beside_our_own() -> None:
    done = CliRunner().invoke(a_group(brought), ["brought"])
    assert (done.exit_code, done.stdout) == (0, "hello\n")
    assert "brought" in CliRunner().invoke(a_group(brought), ["--help"]).stdout


def test_a_broken_package_is_reported_and_the_rest_works(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = EntryPoint("gone", "no_such_module_anywhere:commands", "holdfast.commands")
    monkeypatch.setattr(module, "load_plugins", lambda: load_plugins([gone]))
    made = Commands("holdfast")
    made.add_command(brought)
    done = CliRunner().invoke(made, ["--help"])
    assert done.exit_code == 0
    assert "brought" in done.stdout
    assert "gone (no_such_module_anywhere:commands)" in done.stderr


def test_our_own_command_is_never_replaced_and_loads_no_other_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> Plugins:
        raise AssertionError("no package was asked for")

    monkeypatch.setattr(module, "load_plugins", fail)
    made = Commands("holdfast")
    made.add_command(brought)
    assert CliRunner().invoke(made, ["brought"]).stdout == "hello\n"


@pytest.mark.parametrize(("command", "code"), [(failing, 1), (lonely, 6)])
def test_an_error_becomes_a_sentence_on_stderr_and_an_exit_code(command: click.Command, code: int) -> None:
    done = CliRunner().invoke(a_group(command), [str(command.name)])
    assert done.exit_code == code
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_an_error_comes_with_its_hint() -> None:
    done = CliRunner().invoke(a_group(failing), ["failing"])
    assert done.stderr == "holdfast: It was answered already.\nAsk again.\n"


def test_help_lists_every_exit_code() -> None:
    told = CliRunner().invoke(holdfast, ["--help"]).stdout
    assert [f"  {code:d}  {meaning}" in told for code, meaning in MEANINGS.items()] == [True] * len(MEANINGS)


def test_every_command_of_ours_has_a_json_form() -> None:
    silent = [
        command.name
        for command in _leaves(holdfast)
        if not any(parameter.name == "as_data" for parameter in command.params)
    ]
    assert silent == []


def _leaves(group: click.Group) -> list[click.Command]:
    found: list[click.Command] = []
    for command in group.commands.values():
        found += _leaves(command) if isinstance(command, click.Group) else [command]
    return found


def test_a_wrong_option_is_bad_input() -> None:
    assert CliRunner().invoke(holdfast, ["runs", "--nonsense"]).exit_code == 2


def test_examples_in_a_help_keep_their_lines() -> None:
    told = CliRunner().invoke(holdfast, ["slos", "set", "--help"], terminal_width=100).output
    assert "\\b" not in told
    assert [line for line in told.splitlines() if line.startswith("  holdfast slos set ")][1:]
