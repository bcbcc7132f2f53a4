"""What a comparison of two bundles comes to."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Direction = Literal["allows", "refuses", "asks", "changes"]


class Example(msgspec.Struct, frozen=True):
    """A request on which the bundles differ."""

    agent: str
    target: str
    arguments: dict[str, Any]
    context: dict[str, Any]
    exact: bool
    """Whether the arguments were judged; else the context was: no arguments led to its derived values."""


class Change(msgspec.Struct, frozen=True):
    """One way in which an edit changes what happens."""

    tool: str
    direction: Direction
    before: str
    after: str
    example: Example
    rules: tuple[str, ...]
    """The rules that decide in one of the bundles only; else all that decide."""


class Undecided(msgspec.Struct, frozen=True):
    """What could not be proved either way."""

    tool: str
    direction: str
    why: str


class Setting(msgspec.Struct, frozen=True):
    """One setting that an edit changes, and which way."""

    section: str
    """`budgets`, `detectors`, `flow`, `content`, `breakers`, `rates`, `agents` or `contracts`."""
    name: str
    """Which of them, as in `org a month: usd`."""
    direction: Direction
    """What it comes to: more is allowed, refused or asked; `changes` where that cannot be said of it."""
    before: str
    """Empty when it was not set."""
    after: str
    """Empty when it is gone."""


class Diff(msgspec.Struct, frozen=True):
    """Everything an edit changes."""

    changes: tuple[Change, ...]
    undecided: tuple[Undecided, ...]
    settings: tuple[Setting, ...]
    """What else was edited, that no formula is made of."""
    compared: int
    """Actions that the edit touches."""

    @property
    def same(self) -> bool:
        """Whether the edit changes nothing, and that is proved."""
        return not (self.changes or self.undecided or self.settings)
