from __future__ import annotations

from importlib.metadata import EntryPoint

import click

from holdfast.cli.plugins import GROUP, load_plugins


@click.command()
def one() -> None:
    """One command."""


@click.command("two-words")
def two() -> None:
    """Another."""


pair = (one, two)
not_commands = ("drill", "demo")


MISSING = EntryPoint("gone", "no_such_module_anywhere:commands", GROUP)


class Here(EntryPoint):
    """An entry point into this very module, which a test runner may load under a name of its own."""

    def load(self) -> object:
        return globals()[self.attr]


def here(attribute: str) -> EntryPoint:
    return Here(attribute, f"tests:{attribute}", GROUP)


def test_an_entry_point_may_be_one_command_or_several() -> None:
    plugins = load_plugins([here("one"), here("pair")])
    assert plugins.commands == {"one": one, "two-words": two}
    assert plugins.broken == ()


def test_a_broken_package_costs_only_its_own_commands() -> None:
    plugins = load_plugins([MISSING, here("one")])
    assert list(plugins.commands) == ["one"]
    [told] = plugins.broken
    assert "gone (no_such_module_anywhere:commands): ModuleNotFoundError" in told


def test_what_is_no_command_is_reported() -> None:
    plugins = load_plugins([here("not_commands")])
    assert plugins.commands == {}
    assert "'drill' is not a click command" in plugins.broken[0]
