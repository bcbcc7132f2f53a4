"""Who a message goes to: addresses and their domains, in one spelling each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, cast

from holdfast.action import Contract, Effect
from holdfast.decision.projectors.texts import UNREADABLE, texts

RECIPIENT_WORDS: Final = frozenset({"to", "cc", "bcc", "recipient", "recipients", "email", "emails"})
SHORT: Final = 320
"""As long as an address can be; what was found in shorter texts is remembered."""

_domains = re.compile(r"@(?<=[^@\s]@)([^\s@\"'<>()\[\]{},;:/\\|?#]{0,255})").findall
"""What follows each @ that follows something: it looks from the sign, not for it, which keeps this linear."""
_addresses = re.compile(r"([^\s@\"'<>()\[\]{},;:/\\|]{1,64})@([^\s@\"'<>()\[\]{},;:/\\|?#]{0,255})").findall
_plain = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*").fullmatch
SEND: Final = Effect.SEND
NOBODY: Final[frozenset[str]] = frozenset()
UNKNOWN: Final = frozenset({UNREADABLE})
ENDING: Final = ".!*_~`"
"""Punctuation that ends a sentence, not a domain."""


def recipient_domains(arguments: Mapping[str, Any], contract: Contract) -> frozenset[str]:
    """Domains of every mail address outside of the payload, lower case; `?` is one nobody can read."""
    payload, sends, found = contract.payload, contract.effect is SEND, NOBODY
    for name, value in arguments.items():
        if type(value) is str:
            if "@" in value:
                if name not in payload:
                    # Whoever is written to is written to again.
                    domains = _short_domains(value) if len(value) <= SHORT else _domains_in(value)
                    found = found | domains if found else domains
            elif sends and name in RECIPIENT_WORDS:
                found |= UNKNOWN
        elif isinstance(value, (dict, list)):
            found |= _domains_inside(name, value, leave_out=name in payload, sends=sends)
    return found


def recipients(arguments: Mapping[str, Any], contract: Contract) -> frozenset[str]:
    """Every mail address outside of the payload, lower case."""
    return frozenset(
        f"{name.lower()}@{domain_of(domain)}"
        for text in texts(arguments, leave_out=contract.payload)
        if "@" in text
        for name, domain in _addresses(text)
    )


def recipient_count(arguments: Mapping[str, Any], contract: Contract) -> int:
    """How many different mail addresses there are outside of the payload."""
    return len(recipients(arguments, contract))


@lru_cache(4_096)
def domain_of(text: str) -> str:
    """One spelling for a domain: lower case, letters beyond ASCII as `xn--…`: no look-alike passes."""
    text = text.rstrip(ENDING)
    if not text.isascii():
        try:
            text = text.encode("idna").decode("ascii")
        except UnicodeError:
            return UNREADABLE
    text = text.lower()
    return text if _plain(text) else UNREADABLE


def _domains_in(text: str) -> frozenset[str]:
    return _short_domains(text) if len(text) <= SHORT else frozenset(map(domain_of, _domains(text)))


@lru_cache(4_096)
def _short_domains(text: str) -> frozenset[str]:
    return frozenset(map(domain_of, _domains(text)))


def _domains_inside(name: str, value: Any, *, leave_out: bool, sends: bool) -> frozenset[str]:
    inner = NOBODY if leave_out else frozenset[str]().union(*map(_domains_in, texts({name: value})))
    if not (sends and name in RECIPIENT_WORDS and isinstance(value, list)):
        return inner
    named = cast("list[Any]", value)
    return inner | UNKNOWN if any(isinstance(one, str) and "@" not in one for one in named) else inner
