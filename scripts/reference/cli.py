"""docs/reference/cli.md: every command, its arguments and options, as click knows them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click
from scripts.reference.markdown import heading, table

from holdfast.cli.exits import MEANINGS
from holdfast.cli.group import holdfast
from holdfast.cli.plugins import load_plugins

ABOUT = """\
Every command takes `--help`; those that answer take `--json`. `holdfast` alone lists them.
"""


def page() -> str:
    """The whole page, a section a command."""
    sections = [section(path, command) for path, command in commands()]
    codes = table(["Code", "Meaning"], ((f"`{code:d}`", told) for code, told in MEANINGS.items()))
    top = heading("Command line", ABOUT, "the click commands")
    return "\n".join([top, f"## Exit codes\n\n{codes}", *sections])


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its full name.

    Raises:
        RuntimeError: a package's commands cannot be loaded, so that the reference would lack them.
    """
    if broken := load_plugins().broken:
        raise RuntimeError(f"commands that cannot be loaded: {broken}")
    yield from below("holdfast", holdfast)


def below(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """A command, or those of a group, in the order of their names."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command, info_name=path)
    for name in command.list_commands(context):
        if (child := command.get_command(context, name)) and not child.hidden:
            yield from below(f"{path} {name}", child)


def section(path: str, command: click.Command) -> str:
    """Usage, what it is for, and a table of what it takes."""
    context = click.Context(command, info_name=path)
    usage = " ".join(command.collect_usage_pieces(context))
    told = inspect.cleandoc(command.help or "").replace("\b\n", "")
    rows = [row for parameter in command.params if (row := describe(parameter, context))]
    options = "\n" + table(["Takes", "Meaning"], rows) if rows else ""
    return f"## {path}\n\n```text\n{path} {usage}\n```\n\n{told}\n{options}"


def describe(parameter: click.Parameter, context: click.Context) -> tuple[str, str] | None:
    """A row for an argument or option; `--help` is known."""
    record = parameter.get_help_record(context)
    if record is None:
        name = parameter.human_readable_name.upper()
        return f"`{name}`", "required" if parameter.required else "optional"
    return f"`{record[0]}`", record[1]
