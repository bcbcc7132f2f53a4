"""Numbers that identify somebody: cards, accounts, social security, telephones. Check digits before looks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from holdfast.decision.content.checksums import aba, luhn, nhs
from holdfast.decision.content.finding import Family, Finding

NEAR: Final = 48
"""A word that says what a number is stands so far before it, at most."""

_candidates = re.compile(
    r"(?<![\w.])\(?[+0-9][0-9 ().+/-]{4,30}[0-9](?:\s?(?:x|ext\.?)\s?[0-9]{1,6})?(?![\w])", re.ASCII
).finditer
_digits = re.compile(r"[^0-9]").sub
_card = re.compile(
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})|5[1-5][0-9]{14}|2(?:2[2-9]|"
    r"[3-6][0-9]|7[01])[0-9]{13}|3[47][0-9]{13}|"
    r"6(?:011|4[4-9][0-9]|5[0-9]{2})[0-9]{12,15}|3(?:0[0-5]|[689][0-9])[0-9]{11,16}|"
    r"35[0-9]{14,17}|(?:2131|1800)[0-9]{11}|"
    r"(?:50|5[6-9]|6[0-9])[0-9]{10,17}"
).fullmatch
_grouped_as_a_card = re.compile(
    r"[0-9]{12,19}|[0-9]{4}(?:[ -][0-9]{4}){2,3}(?:[ -][0-9]{1,3})?|[0-9]{4}[ -][0-9]{6}[ -][0-9]{4,5}"
).fullmatch
_ssn = re.compile(r"(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}").fullmatch
_ipv4 = re.compile(
    r"(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
).fullmatch
_nhs = re.compile(r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}").fullmatch
_date = re.compile(
    r"(?:19|20)[0-9]{2}[-/. ](?:0?[1-9]|1[0-2])[-/. ](?:0?[1-9]|[12][0-9]|"
    r"3[01])(?![0-9]).{0,48}|(?:0?[1-9]|[12][0-9]|3[01])[-/. ](?:0?[1-9]|"
    r"[12][0-9]|3[01])[-/. ](?:19|20)?[0-9]{2}"
    r"|(?:19|20)[0-9]{2} ?- ?(?:19|20)?[0-9]{2}"
).fullmatch
_strong_phone = re.compile(
    r"(?:\+|00)[1-9][0-9 ().-]{6,22}[0-9](?:x[0-9]{1,6})?"  # with a country
    r"|001-[0-9]{3}-[0-9]{3}-[0-9]{4}(?:x[0-9]{1,6})?"
    r"|\+?1?[ .-]?\(?[0-9]{3}\)?[ .-]?[0-9]{3}[.-][0-9]{4}(?:x[0-9]{1,6})?"  # North America
    r"|\([0-9]{2,5}\)[ -]?[0-9]{3,4}[ -][0-9]{3,4}(?:x[0-9]{1,6})?"
    r"|0[0-9]{1,4}(?:[ .-][0-9]{2,4}){2,5}"  # a trunk prefix, then groups
    r"|0[1-9][0-9]{2,3}[ -][0-9]{6,7}|06-[0-9]{8}|07[0-9]{3} ?[0-9]{6}|0[0-9]{3}-[0-9]{7}"
    r"|[0-9]{3}[.-][0-9]{3}[.-][0-9]{4}x[0-9]{1,6}"
).fullmatch
_loose_phone = re.compile(r"\(?[0-9]{1,5}\)?(?:[ .-][0-9]{2,5}){1,5}(?:x[0-9]{1,6})?|0?[0-9]{7,11}").fullmatch
_about_phones = re.compile(
    r"phone|tele?\b|tel[.:]|mobile|\bcell|\bfax|\bcall(?:ed|ing)?\b|"
    r"reach|whatsapp|\bsms\b|\btext me|contact|answering|"
    r"message on|\bdial|\bring\b|hotline|landline|office|\bdesk|\bhandy\b|téléphone|telefon|móvil|numéro",
    re.IGNORECASE,
).search
_names_a_phone = re.compile(
    r"[\s,\\.-]{0,3}(?:office|fax|mobile|home|work|cell|phone|desk|tel)\b", re.IGNORECASE
).match
_about_ids = re.compile(r"nhs|national health", re.IGNORECASE).search
_about_banks = re.compile(r"routing|\baba\b|\brtn\b", re.IGNORECASE).search
_about_social_security = re.compile(r"\bssn\b|social security", re.IGNORECASE).search
_versioned = re.compile(r"(?:v|version|ver\.?|release)\s?\Z", re.IGNORECASE).search
_nine = re.compile(r"(?!000|666|9)[0-9]{3}[ ]?[0-9]{2}[ ]?[0-9]{4}").fullmatch


def numbers(text: str) -> Iterator[Finding]:
    """Every number in a text that identifies a person, an account or a machine."""
    for match in _candidates(text):
        start, end = match.span()
        value = match[0]
        if value.count("(") != value.count(")"):
            start, value = _balanced(value, start)
            end = start + len(value)
        kind = _kind(text, value, start, end)
        if kind is not None:
            name, sure, rule = kind
            yield Finding(Family.PII, name, start, end, sure, f"pii/{rule}")


def _balanced(value: str, start: int) -> tuple[int, str]:
    """Without the bracket that belongs to the words around it."""
    if value.startswith("(") and ")" not in value:
        return start + 1, value[1:]
    cut = value.find(")")
    return (start, value[:cut]) if "(" not in value[:cut] and cut > 0 else (start, value)


def _kind(text: str, value: str, start: int, end: int) -> tuple[str, float, str] | None:  # noqa: PLR0911  # one return a case reads best
    digits = _digits("", value)
    size = len(digits)
    before = text[max(0, start - NEAR) : start]
    if size >= 12 and _grouped_as_a_card(value) and _card(digits) and luhn(digits):  # the shortest cards
        return "credit-card", 0.95, "luhn"
    if _ssn(value):
        return "us-ssn", 0.9, "format"
    if _ipv4(value):
        return None if _versioned(before) else ("ip-address", 0.9, "format")
    if size == 9:  # digits of a routing or a social security number
        if _nine(value) and _about_social_security(before):
            return "us-ssn", 0.8, "context"
        if value == digits and aba(digits) and _about_banks(before):
            return "bank-routing", 0.9, "checksum"
    if size == 10 and _nhs(value) and _about_ids(before) and nhs(digits):  # digits of an NHS number
        return "uk-nhs", 0.95, "checksum"
    return _phone(text, value, size, before, end)


def _phone(text: str, value: str, size: int, before: str, end: int) -> tuple[str, float, str] | None:
    if not 6 <= size <= 20 or _date(
        value
    ):  # the shortest number anybody dials, the longest with an extension
        return None
    if _strong_phone(value):
        return "phone", 0.8, "format"
    if _loose_phone(value) and (_about_phones(before) or _names_a_phone(text, end)):
        return "phone", 0.7, "context"
    return None
