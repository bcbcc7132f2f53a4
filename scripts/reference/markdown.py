"""The few pieces of Markdown that reference pages are made of."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence


def heading(title: str, about: str, source: str) -> str:
    """The top of a generated page."""
    return f"<!-- Made by `make gen` from {source}; edit that instead. -->\n\n# {title}\n\n{about.strip()}\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; pipes and line breaks in cells are made harmless."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cell(text) for text in line) + " |" for line in lines) + "\n"


def cell(text: str) -> str:
    """Text that cannot break a table."""
    return " ".join(text.split()).replace("|", "\\|")


def summary(thing: object) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())
