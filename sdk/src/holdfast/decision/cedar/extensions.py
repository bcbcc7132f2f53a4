"""Cedar's extension functions: IP addresses, decimals, dates and durations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from holdfast.decision.cedar.operations import expect
from holdfast.decision.cedar.values import (
    DAY_MS,
    Address,
    Datetime,
    Decimal,
    Duration,
    long,
    parse_address,
    parse_datetime,
    parse_decimal,
    parse_duration,
)


def is_in_range(a: Any, b: Any) -> bool:
    """`a.isInRange(b)`."""
    inner, outer = expect(a, Address), expect(b, Address)
    if inner.version != outer.version:
        return False
    (low, high), (first, last) = inner.bounds, outer.bounds
    return first <= low and high <= last


LOOPBACK: Final = {4: parse_address("127.0.0.0/8"), 6: parse_address("::1/128")}
MULTICAST: Final = {4: parse_address("224.0.0.0/4"), 6: parse_address("ff00::/8")}


def _decimals(a: Any, b: Any) -> tuple[Decimal, Decimal]:
    return expect(a, Decimal), expect(b, Decimal)


def _whole(number: int, unit: int) -> int:
    # Cedar divides towards zero, Python towards minus infinity.
    return number // unit if number >= 0 else -(-number // unit)


def _unit(unit: int) -> Callable[[Any], int]:
    return lambda value: _whole(expect(value, Duration), unit)


UNARY: Final[Mapping[str, Callable[[Any], Any]]] = {
    "ip": lambda text: parse_address(expect(text, str)),
    "decimal": lambda text: parse_decimal(expect(text, str)),
    "datetime": lambda text: parse_datetime(expect(text, str)),
    "duration": lambda text: parse_duration(expect(text, str)),
    "isIpv4": lambda a: expect(a, Address).version == 4,
    "isIpv6": lambda a: expect(a, Address).version == 6,
    "isLoopback": lambda a: is_in_range(a, LOOPBACK[expect(a, Address).version]),
    "isMulticast": lambda a: is_in_range(a, MULTICAST[expect(a, Address).version]),
    "toDate": lambda a: Datetime(long(expect(a, Datetime) // DAY_MS * DAY_MS)),
    "toTime": lambda a: Duration(expect(a, Datetime) % DAY_MS),
    "toMilliseconds": _unit(1),
    "toSeconds": _unit(1_000),
    "toMinutes": _unit(60_000),
    "toHours": _unit(3_600_000),
    "toDays": _unit(DAY_MS),
}
"""The functions of one operand."""

BINARY: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "lessThan": lambda a, b: int.__lt__(*_decimals(a, b)),
    "lessThanOrEqual": lambda a, b: int.__le__(*_decimals(a, b)),
    "greaterThan": lambda a, b: int.__gt__(*_decimals(a, b)),
    "greaterThanOrEqual": lambda a, b: int.__ge__(*_decimals(a, b)),
    "isInRange": is_in_range,
    "offset": lambda a, b: Datetime(long(expect(a, Datetime) + expect(b, Duration))),
    "durationSince": lambda a, b: Duration(long(expect(a, Datetime) - expect(b, Datetime))),
}
"""The functions of two operands."""
