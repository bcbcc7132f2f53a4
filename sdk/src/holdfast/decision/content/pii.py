"""Personal data with a structure: addresses of mail, web and machines, accounts, cards, numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from holdfast.decision.content.checksums import base58check, bech32, iban
from holdfast.decision.content.finding import Family, Finding
from holdfast.decision.content.numbers import numbers
from holdfast.decision.content.shapes import runs

_KINDS: Final = """
email phone credit-card iban us-ssn uk-nhs bank-routing ip-address
crypto-address passport driver-license url
"""
KINDS: Final = frozenset(_KINDS.split())
MARKS: Final = ("://", "www.", "passport", "driver", "licen", "iban")
"""Words that the rarer patterns wait for."""

_local = re.compile(r"[\w.+%'-]{1,64}\Z").search
_host = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24}(?![\w-])").match
_url = re.compile(
    r"(?:https?|ftp|wss?)://[^\s\"'<>\\^`{|}\]]{4,2048}|www\.[\w-]{2,63}\.[^\s\"'<>\\^`{|}\]]{2,2048}",
    re.IGNORECASE,
).finditer
_in_ipv6 = re.compile(r":[0-9A-Fa-f]{0,4}:")
_ipv6 = re.compile(
    r"(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,"
    r"6})?::(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,6})?"
).fullmatch
_hex_run = re.compile(r"[0-9A-Fa-f:]*+").match
_iban_spaced = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,3})?(?![A-Za-z0-9])"
).finditer
_iban = re.compile(r"[A-Za-z]{2}[0-9]{2}[A-Za-z0-9]{11,30}").fullmatch
_ethereum = re.compile(r"0x[0-9a-fA-F]{40}").fullmatch
_segwit = re.compile(r"(?:bc|tb)1[02-9ac-hj-np-z]{25,87}", re.IGNORECASE).fullmatch
_bitcoin = re.compile(r"[13][1-9A-HJ-NP-Za-km-z]{25,34}").fullmatch
_document = re.compile(
    r"(?P<kind>passport|driver'?s?,? ?licen[cs]e|licen[cs]e)(?: (?:number|"
    r"no\.?|id|#))?(?: ?(?:is|:|#|=|,)){0,2} ?\(?(?P<value>(?=[A-Z0-9-]{0,12}[0-9]{4})[A-Z0-9-]"
    r"{6,16})\b",
    re.IGNORECASE,
).finditer
_trailing: Final = ".,;:!?)'"


def personal(text: str, flat: bytes, found: Mapping[str, Sequence[tuple[int, str]]]) -> Iterator[Finding]:
    """Everything in a text that identifies somebody by its structure; may overlap.

    Args:
        text: the text.
        flat: the same, flattened.
        found: where the words of `MARKS` (group "pii") stand in it.
    """
    marks = {word for _, word in found.get("pii", ())}
    if "@" in text:
        yield from _emails(text)
    if "://" in marks or "www." in marks:
        for match in _url(text):
            end = match.start() + len(match[0].rstrip(_trailing))
            yield Finding(Family.PII, "url", match.start(), end, 0.9, "pii/format")
    if not marks.isdisjoint(("passport", "driver", "licen")):
        for match in _document(text):
            kind = "passport" if match["kind"][0] in "pP" else "driver-license"
            yield Finding(Family.PII, kind, *match.span("value"), 0.8, "pii/context")
    yield from numbers(text)
    yield from _ipv6_addresses(text)
    yield from _accounts(text, flat)


def _emails(text: str) -> Iterator[Finding]:
    at = text.find("@")
    while at >= 0:
        local, host = _local(text, max(0, at - 64), at), _host(text, at + 1)
        if local is not None and host is not None and not text.startswith("://", local.start() - 3):
            start = local.start() + len(local[0]) - len(local[0].lstrip("'.-"))
            if start < at:
                yield Finding(Family.PII, "email", start, host.end(), 0.95, "pii/format")
        at = text.find("@", at + 1)


def _ipv6_addresses(text: str) -> Iterator[Finding]:
    done = 0
    for match in _in_ipv6.finditer(text):
        if match.start() < done:
            continue
        start = match.start()
        while (
            start and text[start - 1] in "0123456789abcdefABCDEF:" and match.start() - start < 40
        ):  # the longest address
            start -= 1
        run = _hex_run(text, start)
        done = run.end() if run else match.end()
        value = text[start:done].rstrip(":") if not text.startswith("::", done - 2) else text[start:done]
        if (
            len(value) > 4
            and _ipv6(value)
            and sum(map(str.isdigit, value))
            and (not start or not text[start - 1].isalnum())
        ):  # `::` alone is code
            yield Finding(Family.PII, "ip-address", start, start + len(value), 0.9, "pii/format")


def _accounts(text: str, flat: bytes) -> Iterator[Finding]:
    """Accounts that run on without a break; spaced ones of a bank are in groups of four."""
    for start, end in runs(flat):
        value = text[start:end]
        kind = _account(value)
        if kind is not None:
            yield Finding(Family.PII, kind, start, end, 0.95, "pii/checksum")
    for match in _iban_spaced(text):
        if iban(match[0].replace(" ", "")):
            yield Finding(Family.PII, "iban", *match.span(), 0.98, "pii/checksum")


def _account(value: str) -> str | None:
    if _iban(value) and iban(value):
        return "iban"
    if _ethereum(value) or (_segwit(value) and bech32(value)) or (_bitcoin(value) and base58check(value)):
        return "crypto-address"
    return None
