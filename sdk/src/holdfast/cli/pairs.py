"""`NAME=VALUE`, as options take it."""

from __future__ import annotations

from collections.abc import Iterable

import click


def pairs(said: Iterable[str]) -> dict[str, str]:
    """Each name with its value.

    Raises:
        UsageError: one of them is no pair.
    """
    found: dict[str, str] = {}
    for one in said:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise click.UsageError(f"{one!r} is not NAME=VALUE.")
        found[name] = value
    return found
