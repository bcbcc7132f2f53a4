"""What the gateway's automaton costs that reads a text before the detectors do, beside the detectors."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from holdfast.decision.content import EVERYTHING, SECRETS, Content, ContentRule, Family, scan
from holdfast_server.action.llm.exchange.automaton import Automata
from holdfast_server.action.llm.exchange.scanning import Scanner

SIZE: Final = 1600
ROUNDS: Final = 9
CALLS: Final = 200
_PROSE: Final = (
    "You are a helpful assistant for a travel company. Answer the question of the customer with what stands "
    "below. The customer booked a round trip from Berlin to Lisbon and would like to change the return. "
    "Our rules: a change is free up to 48 hours before departure, afterwards a fee of 45 euros applies. The "
    "key points are the fee, the deadline and the new price; check who has access to the lounge.\n"
)
_CODE: Final = (
    "def reservation_total(items: list[Item], *, currency: str = 'EUR') -> Decimal:\n"
    "    total = sum((item.price * item.count for item in items), Decimal(0))\n"
    "    if currency != BASE:\n        total = convert(total, BASE, currency)\n"
    "    return total.quantize(CENT)\n"
)
_WANTED: Final = (
    ("secrets", SECRETS),
    ("secrets, personal data", frozenset((Family.SECRET, Family.PII))),
    ("everything", EVERYTHING),
)


def told() -> str:
    """A table: microseconds a text, with the automaton and without."""
    began = time.perf_counter()
    scanner = Scanner(Content((ContentRule(find=("secret",)),)), Automata())
    lines = [
        f"{SIZE} characters before the detectors; automata made in {time.perf_counter() - began:.1f} s\n",
        f"{'text':<10}{'looked for':<26}{'automaton':>10}{'detectors':>10}{'ratio':>8}\n",
    ]
    for name, text in (("prose", _PROSE), ("code", _CODE)):
        whole = (text * SIZE)[:SIZE]
        for wanted, families in _WANTED:
            ours = _us(lambda text=whole, of=families: scanner.look(text, of, outside=False))
            theirs = _us(lambda text=whole, of=families: scan(text, of, outside=False))
            lines.append(f"{name:<10}{wanted:<26}{ours:>10.1f}{theirs:>10.1f}{theirs / ours:>8.0f}\n")
    return "".join(lines)


def _us(call: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter_ns()
        for _ in range(CALLS):
            call()
        best = min(best, (time.perf_counter_ns() - began) / CALLS / 1000)  # ns to us
    return best
