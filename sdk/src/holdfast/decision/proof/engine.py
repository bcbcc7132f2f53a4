"""The solver, imported when something is proved and not before."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from holdfast.errors import Misconfigured

HOW_TO_INSTALL: Final = "pip install 'holdfast[prove]'"
TIMEOUT_MS: Final = 2_000
"""How long one question may take; what takes longer is told as undecided."""


def has_engine() -> bool:
    """Whether z3 is installed."""
    return find_spec("z3") is not None


def load_engine() -> Any:
    """The z3 module, which has no types.

    Raises:
        Misconfigured: it is not installed.
    """
    try:
        return import_module("z3")
    except ImportError as error:
        raise Misconfigured(
            "proving needs z3, which is not installed", hint=f"Install it: {HOW_TO_INSTALL}"
        ) from error
