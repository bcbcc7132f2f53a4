"""A policy file as text: reading files is done elsewhere."""

from __future__ import annotations

from typing import Literal

import msgspec


class Source(msgspec.Struct, frozen=True):
    """One policy file."""

    name: str
    text: str
    kind: Literal["yaml", "cedar"] = "yaml"
