"""A noun as a command: `holdfast runs` lists them, `holdfast runs show ID` shows one."""

from __future__ import annotations

from typing import Final

import click

DEFAULT: Final = "list"
HELP: Final = frozenset({"-h", "--help"})


class Listing(click.Group):
    """A group whose `list` needs not be said: `holdfast runs --state running` is `holdfast runs list …`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in HELP):
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)
