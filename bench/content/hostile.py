"""What the most expensive texts cost that we know of, beside prose; each is one unit over and over."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from holdfast.decision.content import EVERYTHING, SECRETS, Stream, scan
from holdfast.record import redact_text

SIZE: Final = 64 * 1024
ROUNDS: Final = 3
PIECE: Final = 4
"""Characters that a model says at once."""
STREAMED: Final = 16 * 1024
UNITS: Final = {
    "prose": "The report says that revenue grew by 12 percent, and the board will talk about hiring. ",
    "telling words": "token-",
    "names and signs": "password=",
    "quoted values": 'pwd: "',
    "keys and colons": "key: ",
    "passwords": "password='aB3$x9' ",
    "names of services": "currentsapi=",
    "heads of keys": "sk-",
    "heads that read on": "fm2_-" + "A" * 64 + "kindly/",
    "beginnings of blocks": "-----BEGIN ",
    "base64": "k7Qm2Vx9Lp4Zr8Nt3Wy6Bd1Hs5JfAc0+",
    "nested quotes": '\\"key\\":\\"',
    "percent signs": "login%20",
    "hidden characters": "a\u200b",
    "look-alikes": "A\u0430 ",
    "foreign orders": "ignorez",
    "half orders": "ignore all your my ",
    "half addresses": "a@",
    "one letter": "a",
}


def told() -> str:
    """A table: microseconds a KB, and how often that of prose."""
    lines = [
        f"{SIZE // 1024} KB of one unit over and over, microseconds a KB and how often that of prose\n",
        f"{'unit':<24}{'secrets':>9}{'':>7}{'everything':>12}{'':>7}{'redact':>9}{'':>7}{'in pieces':>11}\n",
    ]
    plain: tuple[float, ...] = ()
    for name, unit in UNITS.items():
        row = _row(unit)
        plain = plain or row
        cells = zip(row, plain, (9, 12, 9, 11), strict=True)
        figures = "".join(f"{us:>{width}.0f}{us / usual:>6.0f}x" for us, usual, width in cells)
        lines.append(f"{name:<24}{figures}\n")
    return "".join(lines)


def _row(unit: str) -> tuple[float, ...]:
    whole = (unit * (SIZE // len(unit) + 1))[:SIZE]
    return (
        _us_a_kb(lambda: scan(whole, SECRETS), SIZE),
        _us_a_kb(lambda: scan(whole, EVERYTHING), SIZE),
        _us_a_kb(lambda: redact_text(whole), SIZE),
        _us_a_kb(lambda: _in_pieces(whole[:STREAMED]), STREAMED),
    )


def _in_pieces(text: str) -> None:
    stream = Stream(SECRETS)
    for at in range(0, len(text), PIECE):
        stream.feed(text[at : at + PIECE])
    stream.finish()


def _us_a_kb(call: Callable[[], object], size: int) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time_ns()
        call()
        best = min(best, (time.process_time_ns() - began) / 1000 / (size / 1024))  # ns to us
    return best
