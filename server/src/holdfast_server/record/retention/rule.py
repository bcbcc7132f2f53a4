"""A rule: how long a class of what was recorded is kept; a hold: what no rule may touch."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from pydantic import Field

from holdfast_server.kit.wire import Ask, Name, Note, Wire

Kind = Literal["payload", "span", "sum", "ledger"]
"""What was said · the steps and their numbers · what they add up to · the proof."""
HoldScope = Literal["project", "agent", "session", "run"]

KINDS: Final[tuple[Kind, ...]] = ("payload", "span", "sum", "ledger")
DAYS_MAX: Final = 36_500


class Rule(Wire):
    """How long one class is kept."""

    kind: Kind
    days: int | None
    """Days after a span began, or after the day of a sum; null keeps it forever."""
    by: str
    """Who set it; empty while it comes from the settings."""
    set_at: datetime | None


class RuleAsk(Ask):
    """How long to keep a class from now on."""

    days: int | None = Field(ge=1, le=DAYS_MAX)
    """Null keeps it forever."""
    by: Name = Field(min_length=1)


class Hold(Wire):
    """What must be kept, whatever the rules say, until somebody releases it."""

    id: str
    scope: HoldScope
    target: str
    """The agent's name, the session's or the run's id; empty for the whole project."""
    reason: str
    by: str
    at: datetime
    released_at: datetime | None
    released_by: str


class HoldAsk(Ask):
    """What to hold, why, and who says so."""

    scope: HoldScope
    target: Name = ""
    reason: Note = Field(min_length=1)
    by: Name = Field(min_length=1)


class ReleaseAsk(Ask):
    """Who releases a hold."""

    by: Name = Field(min_length=1)


class StoredDay(Wire):
    """One day of spans, as the engine keeps it."""

    day: int
    """As a number: 20261121; 19700101 is everything from before 2020."""
    spans: int
    bytes: int


class Swept(Wire):
    """What a sweep deleted, or would delete."""

    days_dropped: list[int]
    """Days whose spans are gone, but for what is held."""
    days_emptied: list[int]
    """Days whose spans have no content any more, but for what is held."""
    runs: int
    steps: int
    sums: int
    """Rows of what cost and conduct of days past their time add up to."""
    payloads: int
    """Large payloads that nothing has used for so long."""
    held_traces: int
    dry: bool
    """Nothing was touched."""


class RetentionView(Wire):
    """The rules, the holds in force, and what is kept now."""

    project: str
    rules: list[Rule]
    holds: list[Hold]
    days: list[StoredDay]
    """Oldest first."""
    payloads: int
    payload_bytes: int
    data_bytes: int
    """What the data folder takes on the disk."""
    data_bytes_max: int | None
    """Beyond it nothing more is taken in."""
    disk_free_bytes: int
    disk_free_bytes_min: int
    """Below it nothing more is taken in."""
