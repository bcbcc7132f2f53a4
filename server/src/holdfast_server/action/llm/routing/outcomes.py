"""What came of one try, and whether another may help."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

SECOND: Final = 1_000_000_000
RETRY_AFTER_MAX_S: Final = 86_400.0
"""What asks for more than a day is read as a day."""


class Kind(StrEnum):
    """What came of a try."""

    GOOD = "good"
    """It answered."""
    STALE = "stale"
    """A kept connection had been closed before anything of the call arrived: nothing happened at all."""
    CONNECT = "connect"
    """No connection, or none that TLS trusts."""
    TIMEOUT = "timeout"
    """No answer in time, or a stream that stood still."""
    BROKEN = "broken"
    """It answered something that is no answer, or its connection ended in the middle."""
    ERROR = "error"
    """It says that it failed: a 5xx."""
    RATE_LIMIT = "rate_limit"
    """It says that there is too much: a 429, or 529 where that means overloaded."""
    CONTENT_FILTER = "content_filter"
    """Its own filter refused the content."""
    REJECTED = "rejected"
    """It does not take our credential or does not know the model: another one may."""
    INVALID = "invalid"
    """The request is wrong, wherever it goes."""
    GONE = "gone"
    """The client went away, or we ended it ourselves: nobody's failure."""


FALLS_BACK: Final = frozenset(
    {
        *(Kind.CONNECT, Kind.TIMEOUT, Kind.BROKEN, Kind.ERROR),
        *(Kind.RATE_LIMIT, Kind.CONTENT_FILTER, Kind.REJECTED),
    }
)
"""After these the next target is tried."""
REPEATS: Final = frozenset({Kind.CONNECT, Kind.TIMEOUT, Kind.BROKEN, Kind.ERROR, Kind.RATE_LIMIT})
"""After these the same target may be asked once more: what failed may be gone in a moment."""
FAILURES: Final = frozenset({Kind.CONNECT, Kind.TIMEOUT, Kind.BROKEN, Kind.ERROR})
"""These speak against the health of an upstream. A rate limit does not: it says itself when it ends."""

_WIRE: Final[Mapping[str, Kind]] = {
    "stale": Kind.STALE,
    "connect": Kind.CONNECT,
    "tls": Kind.CONNECT,
    "timeout": Kind.TIMEOUT,
    "stall": Kind.TIMEOUT,
    "reset": Kind.BROKEN,
    "malformed": Kind.BROKEN,
}
_STATUS: Final[Mapping[int, Kind]] = {
    401: Kind.REJECTED,
    402: Kind.REJECTED,
    403: Kind.REJECTED,
    404: Kind.REJECTED,
    408: Kind.TIMEOUT,
    409: Kind.ERROR,
    425: Kind.ERROR,
    429: Kind.RATE_LIMIT,
    504: Kind.TIMEOUT,
    529: Kind.RATE_LIMIT,
}


def kind_of(status: int = 0, *, failed: str = "", filtered: bool = False) -> Kind:
    """What a try came to.

    Args:
        status: of its answer; 0 when there was none.
        failed: how the connection failed, in the words of the wire; `stale` when a kept one was dead already.
        filtered: whether the provider says that its content filter refused it.
    """
    if failed:
        return _WIRE.get(failed, Kind.BROKEN)
    if filtered:
        return Kind.CONTENT_FILTER
    if 200 <= status < 300:
        return Kind.GOOD
    if status in _STATUS:
        return _STATUS[status]
    return Kind.ERROR if status >= 500 else Kind.INVALID if 400 <= status < 500 else Kind.BROKEN


def read_retry_after(value: str, now_ns: int) -> float | None:
    """Seconds to wait, read off a `Retry-After` of seconds or of an HTTP date; None when it is neither."""
    value = value.strip()
    if not value:
        return None
    try:
        wait_s = float(value) if value.isascii() else math.nan
    except ValueError:
        wait_s = _seconds_until(value, now_ns)
    return None if math.isnan(wait_s) else min(max(wait_s, 0.0), RETRY_AFTER_MAX_S)


def _seconds_until(date: str, now_ns: int) -> float:
    try:
        at = parsedate_to_datetime(date)
    except (TypeError, ValueError, IndexError, OverflowError):
        return math.nan
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    try:
        return (at - datetime.fromtimestamp(now_ns / SECOND, UTC)).total_seconds()
    except (OverflowError, ValueError):
        return math.nan
