"""What travels over REST: frozen values; what stands below their fields is told by api/describing.py."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, StringConstraints

NS_PER_S: Final = 1_000_000_000
NS_PER_MS: Final = 1_000_000
MICRO: Final = 1_000_000


class Wire(BaseModel):
    """A frozen answer; unknown fields are a mistake of ours."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Ask(BaseModel):
    """A frozen request body; unknown fields are refused, so that a typo is never silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Name = Annotated[str, StringConstraints(max_length=256)]
"""A name, id or short label."""
Note = Annotated[str, StringConstraints(max_length=4096)]
"""A sentence or two from a person."""


def at(ns: int) -> datetime:
    """Nanoseconds since the epoch as a UTC time."""
    return datetime.fromtimestamp(ns / NS_PER_S, UTC)


def at_or_none(ns: int | None) -> datetime | None:
    """`at`, where there may be no time."""
    return None if ns is None else at(ns)


def usd(micro: int | None) -> float | None:
    """Micro-dollars as dollars; what is unknown stays unknown."""
    return None if micro is None else micro / MICRO
