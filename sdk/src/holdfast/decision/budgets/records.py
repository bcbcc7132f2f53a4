"""How many records a call says that it touches."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Final, cast

RECORDS_MAX: Final = 2**63 - 1
_of_count = re.compile(
    r"limit|count|max_(?:results|rows)|rows|top|n|(?:page_|batch_)?size|per_page|take|quantity"
).fullmatch
"""Whether a name, lower case, says how many."""


def stated_records(arguments: Mapping[str, Any]) -> int | None:
    """The longest list, or what `limit`, `count` and the like say; None when a call says neither."""
    found: list[int] = []
    for name, value in arguments.items():
        if isinstance(value, list):
            found.append(len(cast("list[Any]", value)))
        elif type(value) in {int, float} and value >= 0 and _of_count(name.lower()):
            found.append(min(RECORDS_MAX, math.ceil(value) if math.isfinite(value) else RECORDS_MAX))
    return max(found, default=None)
