"""What Cedar cannot compute for itself, computed from the arguments by small, typed, linear functions.

Each becomes an attribute of `context.derived`, and runs only for actions whose policies mention it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, NamedTuple, cast
from urllib.parse import urlsplit

from holdfast.action import Contract, Effect
from holdfast.decision.cedar.shapes import DECIMAL, STRINGS, Shape
from holdfast.decision.cedar.values import LONG_MAX, Decimal

STRINGS_MAX: Final = 2_000
"""More strings than this in one call are more than a person could review: projecting fails, which refuses."""
AMOUNT_WORDS: Final = (
    "amount",
    "total",
    "price",
    "sum",
    "cost",
    "usd",
    "eur",
    "gbp",
    "value",
    "discount",
    "percent",
)
ENVIRONMENT_WORDS: Final = ("environment", "env", "stage")
ENVIRONMENTS: Final = {
    "prod": "production",
    "live": "production",
    "stg": "staging",
    "stage": "staging",
    "dev": "development",
}

_domains = re.compile(r"@(?<=[^@\s]@)([A-Za-z0-9.-]{1,253})").findall
"""What follows each @ that follows something: it looks from the sign, not for it, which keeps this linear."""
_url = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,20}://[^\s\"'<>\\]{1,2048}")
_sql = re.compile(r"(?:^|;)\s*(?:--[^\n]*\n\s*)*([A-Za-z]{2,20})\b")


def recipient_domains(arguments: Mapping[str, Any], contract: Contract) -> frozenset[str]:
    """Domains of every mail address outside of the payload, lower case."""
    found: set[str] = set()
    for text in _texts(arguments, leave_out=contract.payload):
        if "@" in text:
            for domain in _domains(text):
                found.add(domain.lower().rstrip("."))
    return frozenset(found)


def url_hosts(arguments: Mapping[str, Any], contract: Contract) -> frozenset[str]:
    """Hosts of every URL anywhere in the arguments, lower case; `?` stands for one that cannot be read."""
    del contract
    texts = _texts(arguments)
    return frozenset(_host(found) for text in texts if "://" in text for found in _url.findall(text))


def sql_verbs(arguments: Mapping[str, Any], contract: Contract) -> frozenset[str]:
    """First words of every SQL statement in `sql`, `query` or `statement`, lower case."""
    del contract
    texts = _texts({name: arguments.get(name) for name in ("sql", "query", "statement")})
    return frozenset(verb.lower() for text in texts for verb in _sql.findall(text))


def amount(arguments: Mapping[str, Any], contract: Contract) -> Decimal:
    """The largest number whose name speaks of an amount; for spending, unknown is the most, never zero."""
    found = [
        abs(value)
        for name, value in arguments.items()
        if type(value) in {int, float} and any(word in name.lower() for word in AMOUNT_WORDS)
    ]
    if found:
        # Rounded up: an amount is never judged smaller than it is.
        return Decimal(min(LONG_MAX, -int(-max(found) * 10_000 // 1)))
    return Decimal(LONG_MAX if contract.effect is Effect.SPEND else 0)


def environment(arguments: Mapping[str, Any], contract: Contract) -> str:
    """Where the action happens: what the contract says, else what an argument says; one word per place."""
    named = contract.environment
    for word in ENVIRONMENT_WORDS:
        value = arguments.get(word)
        if not named and isinstance(value, str):
            named = value
    named = named.strip().lower()
    return ENVIRONMENTS.get(named, named)


class Projector(NamedTuple):
    """A function into `context.derived` and the type it promises."""

    project: Callable[[Mapping[str, Any], Contract], Any]
    shape: Shape


PROJECTORS: Final[Mapping[str, Projector]] = {
    "amount": Projector(amount, DECIMAL),
    "recipient_domains": Projector(recipient_domains, STRINGS),
    "sql_verbs": Projector(sql_verbs, STRINGS),
    "url_hosts": Projector(url_hosts, STRINGS),
}
"""The attributes of `context.derived`."""


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "?").rstrip(".")
    except ValueError:
        return "?"


def _texts(arguments: Mapping[str, Any], *, leave_out: tuple[str, ...] = ()) -> list[str]:
    texts: list[str] = []
    for name, value in arguments.items():
        if type(value) is str:
            if name not in leave_out:
                texts.append(value)
        elif isinstance(value, (dict, list)) and name not in leave_out:
            texts.extend(islice(_walk(value), STRINGS_MAX + 1))
    if len(texts) > STRINGS_MAX:
        raise ValueError(f"more than {STRINGS_MAX} strings in one call")
    return texts


def _walk(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in cast("dict[str, Any]", value).items():
            yield name
            yield from _walk(inner)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from _walk(inner)
