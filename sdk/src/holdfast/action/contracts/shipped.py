"""Contracts that come with Holdfast, for servers that many agents use; read like any policy file."""

from __future__ import annotations

from typing import Final

from holdfast.errors import NotFound

SHIPPED: Final = (
    "mcp/browser",
    "mcp/calendar",
    "mcp/filesystem",
    "mcp/git",
    "mcp/github",
    "mcp/mail",
    "mcp/payments",
    "mcp/postgres",
    "mcp/slack",
)
"""Every name there is."""


def read_shipped(name: str) -> str:
    """The text of a policy file with these contracts.

    Raises:
        NotFound: no contracts come under this name.
    """
    if name not in SHIPPED:
        raise NotFound(f"no contracts come under the name {name}", hint=f"There are: {', '.join(SHIPPED)}.")
    from importlib.resources import files

    return files(__package__ or "").joinpath("shipped", f"{name}.yaml").read_text("utf-8")
