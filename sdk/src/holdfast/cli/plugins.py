"""Commands that other packages bring: the entry-point group `holdfast.commands`.

Each entry point is one click command, or an iterable of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final, NamedTuple, cast

import click

GROUP: Final = "holdfast.commands"


class Plugins(NamedTuple):
    """What could be loaded, and what could not."""

    commands: dict[str, click.Command]
    broken: tuple[str, ...]
    """One sentence for each entry point that is of no use."""


def load_plugins(found: Iterable[EntryPoint] | None = None) -> Plugins:
    """Load every entry point; a broken one costs only its own commands.

    Args:
        found: the entry points; those that are installed when None.
    """
    commands: dict[str, click.Command] = {}
    broken: list[str] = []
    for point in sorted(entry_points(group=GROUP) if found is None else found, key=lambda one: one.name):
        try:
            for command in _commands(point.load()):
                commands.setdefault(str(command.name), command)
        except Exception as error:  # noqa: BLE001  # whatever a plug-in does at import, the others work
            broken.append(f"{point.name} ({point.value}): {type(error).__name__}: {error}")
    return Plugins(commands, tuple(broken))


def _commands(loaded: Any) -> Iterator[click.Command]:
    brought = [loaded] if isinstance(loaded, click.Command) else list(cast("Iterable[Any]", loaded))
    for command in brought:
        if not isinstance(command, click.Command):
            raise TypeError(f"{command!r} is not a click command")
        yield command
