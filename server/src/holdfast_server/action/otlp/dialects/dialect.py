"""What a dialect's table says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

Names = tuple[str, ...]
Cached = Literal["inside", "beside"]
"""Whether cached tokens are counted inside the input tokens, as the conventions have it, or beside them."""


class Family(msgspec.Struct, frozen=True):
    """Messages written as numbered attributes: a prefix, then `0.role`, `0.content`, `1.role` and so on."""

    prefix: str
    side: Literal["input", "output"]
    inside: str = ""
    """What stands between the number and the field, as in `0.message.role`."""


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """One dialect: which of its attributes fill which field of a span.

    Names that end in `.*` stand for everything below them.
    """

    name: str
    title: str
    about: str
    """Who writes it, and where it is described."""
    fields: Mapping[str, Names]
    """Field → the attributes that fill it, the one that is believed first stands first."""
    operations: Mapping[str, Mapping[str, str]] = {}
    """Attribute → what its values (in lower case) mean as an operation."""
    spans: Mapping[str, str] = {}
    """How names of spans end, and what such a span does, where no attribute says so or says it wrongly."""
    families: tuple[Family, ...] = ()
    events: Mapping[str, Names] = {}
    """Field → the attributes of events and log records that fill it."""
    kept: Names = ()
    """Understood, of no column: kept among the attributes and not listed as unknown."""
    cached: Cached = "inside"
    beside_for: Names = ()
    """Providers of whom `cached` is the other way round here."""
    says_nothing: Mapping[str, Names] = {}
    """Attribute → values (in lower case) that stand for "unknown"."""
