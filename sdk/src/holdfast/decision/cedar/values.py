"""Cedar's values, as Python values whose types never overlap.

Bool, Long and String are `bool`, `int` and `str`; a set is a `frozenset` of *keyed* elements (`key`), because
Python holds `True` and `1` for equal and Cedar does not. Types with a unit are integers: comparing is native.
"""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple, cast

LONG_MIN: Final = -(2**63)
LONG_MAX: Final = 2**63 - 1
DAY_MS: Final = 86_400_000
ADDRESS_BITS: Final = {4: 32, 6: 128}

_decimal = re.compile(r"(-?)([0-9]{1,19})\.([0-9]{1,4})").fullmatch
_address = re.compile(r"([0-9a-fA-F:.]{2,45})(?:/([0-9]{1,3}))?").fullmatch
_datetime = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{3}))?(?:Z|([+-])([0-9]{2})([0-9]{2})))?"
).fullmatch
_duration = re.compile(
    r"(-?)(?:([0-9]{1,19})d)?(?:([0-9]{1,19})h)?(?:([0-9]{1,19})m(?!s))?(?:([0-9]{1,19})s)?(?:([0-9]{1,19})ms)?"
).fullmatch


class CedarError(Exception):
    """Evaluating failed; Cedar skips the policy, Holdfast lets an erring `forbid` count."""


class Entity(NamedTuple):
    """An entity's type and id."""

    type: str
    id: str

    def __str__(self) -> str:
        return f'{self.type}::"{self.id}"'


class Record(dict[str, Any]):
    """A record; hashable, so that it can be the element of a set."""

    __slots__ = ()

    def __hash__(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]  # never changed once made
        return hash(frozenset((name, key(value)) for name, value in self.items()))


DECIMAL_SCALE: Final = 10_000


class Decimal(int):
    """A number with four fractional digits, held as its ten-thousandths."""

    __slots__ = ()


class Datetime(int):
    """An instant, held as milliseconds since the epoch."""

    __slots__ = ()


class Duration(int):
    """A length of time, held as milliseconds."""

    __slots__ = ()


class Address(NamedTuple):
    """An IP address or range."""

    version: int
    number: int
    prefix: int

    @property
    def bounds(self) -> tuple[int, int]:
        """The first and last address of the range."""
        host = ADDRESS_BITS[self.version] - self.prefix
        first = (self.number >> host) << host
        return first, first | ((1 << host) - 1)


class KeyedRecord(frozenset[tuple[str, Any]]):
    """A record as the element of a set."""

    __slots__ = ()


def key(value: Any) -> Any:
    """The form a value takes as the element of a set; equal exactly when Cedar says so."""
    kind = cast("object", type(value))
    if kind is str or kind is Entity or kind is int or kind is frozenset:
        return value
    if kind is Record:
        return KeyedRecord((name, key(inner)) for name, inner in value.items())
    # bool and the types with a unit equal plain integers in Python; their type's name keeps them apart.
    return (type(value).__name__, value)


def make_set(values: Iterable[Any]) -> frozenset[Any]:
    """A Cedar set."""
    return frozenset(map(key, values))


def same(a: Any, b: Any) -> bool:
    """Cedar's `==`: values of different types are not equal."""
    if type(a) is not type(b):
        return False
    if type(a) is Record:
        return a.keys() == b.keys() and all(same(value, b[name]) for name, value in a.items())
    return bool(a == b)


def long(number: int) -> int:
    """The number, if it fits into 64 bits."""
    if LONG_MIN <= number <= LONG_MAX:
        return number
    raise CedarError("integer overflow")


def parse_decimal(text: str) -> Decimal:
    """Read `12.3456`."""
    match = _decimal(text)
    if not match:
        raise CedarError(f"not a decimal: {text}")
    sign, whole, fraction = match.groups()
    number = int(whole) * 10_000 + int(fraction.ljust(4, "0"))
    return Decimal(long(-number if sign else number))


def parse_address(text: str) -> Address:
    """Read `192.0.2.0/24` or `2001:db8::1`."""
    match = _address(text)
    if not match or ("." in text and ":" in text):
        raise CedarError(f"not an IP address: {text}")
    host, prefix = match.groups()
    try:
        address = ipaddress.ip_address(host)
    except ValueError as error:
        raise CedarError(f"not an IP address: {text}") from error
    bits = ADDRESS_BITS[address.version]
    if prefix is None:
        return Address(address.version, int(address), bits)
    if int(prefix) > bits or (len(prefix) > 1 and prefix[0] == "0"):
        raise CedarError(f"not an IP range: {text}")
    return Address(address.version, int(address), int(prefix))


def parse_datetime(text: str) -> Datetime:
    """Read `2026-01-31` or `2026-01-31T10:00:00.000+0100`."""
    match = _datetime(text)
    if not match:
        raise CedarError(f"not a datetime: {text}")
    year, month, day, hour, minute, second, ms, sign, zone_hour, zone_minute = match.groups()
    number = _days(int(year), int(month), int(day)) * DAY_MS
    if hour is not None:
        number += _clock(hour, minute, second) + int(ms or 0)
    if sign is not None:
        zone = _clock(zone_hour, zone_minute, "0")
        number += -zone if sign == "+" else zone
    return Datetime(number)


def _days(year: int, month: int, day: int) -> int:
    # Cedar knows the year 0, Python does not; the calendar repeats every 400 years of 146,097 days.
    shift = 146_097 if year == 0 else 0
    try:
        ordinal = datetime.date(year or 400, month, day).toordinal()
    except ValueError as error:
        raise CedarError(str(error)) from error
    return ordinal - shift - datetime.date(1970, 1, 1).toordinal()


def _clock(hour: str, minute: str, second: str) -> int:
    if int(hour) > 23 or int(minute) > 59 or int(second) > 59:
        raise CedarError("not a time of day")
    return int(hour) * 3_600_000 + int(minute) * 60_000 + int(second) * 1_000


def parse_duration(text: str) -> Duration:
    """Read `1d2h3m4s5ms`."""
    match = _duration(text)
    if not match or not any(match.groups()[1:]):
        raise CedarError(f"not a duration: {text}")
    sign, *amounts = match.groups()
    units = (DAY_MS, 3_600_000, 60_000, 1_000, 1)
    number = sum(int(amount) * unit for amount, unit in zip(amounts, units, strict=True) if amount)
    return Duration(long(-number if sign else number))
