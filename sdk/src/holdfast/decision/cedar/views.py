"""How the attributes of a context are read where no context is made; decision/view.py makes the views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple


class Place(NamedTuple):
    """A local variable that holds one attribute of the context."""

    name: str
    sure: bool
    """Whether it is always there; otherwise it is None where the attribute is absent."""


class View(NamedTuple):
    """How the attributes of a context are read where no context is made."""

    given: str = ""
    """The parameters that they are read from."""
    lines: tuple[str, ...] = ()
    """Python statements that put them into local variables."""
    places: Mapping[tuple[str, ...], Place] = {}
    names: Mapping[str, Any] = {}
    """What the statements speak of."""


BLIND: Final = View()
"""Reads nothing: every attribute is looked up in the context."""
