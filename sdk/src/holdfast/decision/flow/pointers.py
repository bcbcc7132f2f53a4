"""What in a text leads out of the house: links, addresses, numbers of accounts.

An attacker who cannot choose the recipient of a message can still try to choose where its reader is led.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, cast

TEXT_MAX: Final = 256 * 1024
"""Characters of a text that are looked at; one that is longer leads somewhere unknown."""
POINTERS_MAX: Final = 200
TOO_MANY: Final = f"(more than {POINTERS_MAX} links and addresses)"
TOO_LONG: Final = "(a text too long to be read)"

_link = re.compile(r"(?:[a-z][a-z0-9+.-]{1,20}://|www\.)[^\s\"'<>\\)\]]{2,2048}", re.IGNORECASE)
_mail = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}\w{2,24}")
_account = re.compile(r"\b[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}\b")
_host = re.compile(
    r"(?<![\w.@/-])(?:[a-z0-9-]{1,63}\.){1,8}"
    r"(?:com|net|org|io|dev|app|ai|co|info|biz|me|xyz|site|online|ru|cn|eu|uk|de|fr|us)(?:/[^\s\"'<>]{0,2048})?\b",
    re.IGNORECASE,
)
_SIGNS: Final = (_link, _mail, _account, _host)


def pointers(text: str) -> list[str]:
    """Everything in the text that leads somewhere, each once, in the order of their kinds."""
    if len(text) > TEXT_MAX:
        return [TOO_LONG]
    if "." not in text and "://" not in text and not _account.search(text):
        return []
    found: dict[str, None] = {}
    for sign in _SIGNS:
        for one in sign.findall(text):
            found.setdefault(one.rstrip(".,;:!?"))
    if len(found) > POINTERS_MAX:
        return [TOO_MANY]
    # What is part of a longer finding is no finding of its own.
    return [one for one in found if not any(one != other and one in other for other in found)]


def texts(value: Any) -> Iterator[str]:
    """Every text inside a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in cast("dict[str, Any]", value).values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from texts(inner)
