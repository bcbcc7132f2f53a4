"""Who answers, kills and lifts: the person at the keyboard, unless another name is given."""

from __future__ import annotations

import getpass
from typing import Final

import click

NOBODY: Final = "unknown"


def user_name() -> str:
    """The name the operating system has for the person at the keyboard."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run under a number that no password file knows.
        return NOBODY


by_option: Final = click.option(
    "--by", default=user_name, metavar="NAME", help="Who says so; your user name unless you give another."
)
