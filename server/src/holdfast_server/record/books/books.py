"""Books of one batch: what it cost and how it went, collected while it is folded, written with it.

Everything here is added to in the transaction that takes in what it came from, so it is counted exactly once,
and no page can disagree with another.
"""

from __future__ import annotations

import math
import operator
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from holdfast_server.record.books.tables import CONDUCT_SUMS, SLOT_NS

SIZES: Final = (32_000, 128_000, 200_000, 256_000, 272_000, 512_000)
"""Where prices of long prompts begin: calls within one class have one price a token."""
BUCKET_NS: Final = 100_000
"""The first bucket of latencies ends here; four more to each doubling."""
BUCKETS_MAX: Final = 128

ChargeKey = tuple[int, str, str, str, str, str, int]
Sums = tuple[int, ...]
"""In the order of CHARGE_SUMS."""


class Who(msgspec.Struct, frozen=True):
    """Whom and what a call counts for."""

    run: str
    agent: str
    version: str = ""
    team: str = ""
    workflow: str = ""
    customer: str = ""
    release: str = ""
    tags: tuple[str, ...] = ()
    """`name=value` each."""


class Call(msgspec.Struct, frozen=True):
    """One call that costs money, or whose price nobody knows."""

    at_ns: int
    micro_usd: int | None
    provider: str = ""
    model: str = ""
    tool: str = ""
    """The tool that spent it: its own price, or a model asked from inside it."""
    tokens_in: int = 0
    tokens_out: int = 0
    usage: Mapping[str, Any] = {}
    parent: str = ""
    """The step it was made from, where `tool` is still to be found."""


class Books:
    """What one batch adds to the sums."""

    def __init__(self) -> None:
        self.charges: dict[ChargeKey, Sums] = {}
        self.names: dict[ChargeKey, Who] = {}
        self.conduct: defaultdict[tuple[int, str, str], dict[str, int]] = defaultdict(_nothing)
        self.latencies: defaultdict[tuple[int, str, str, str, int], int] = defaultdict(int)
        self.named: dict[str, Who] = {}
        """Runs of which was said, after calls of theirs were counted, for whom they work."""
        self.inside: dict[ChargeKey, str] = {}
        """Charges whose tool is to be looked up: the step they were made from."""

    def charge(self, who: Who, call: Call) -> None:
        """Count one call."""
        tool = call.tool or (f"\0{call.parent}" if call.parent else "")
        slot, size = call.at_ns // SLOT_NS, size_of(call.tokens_in)
        key = (slot, who.run, who.agent, call.provider, call.model, tool, size)
        if tool.startswith("\0"):
            self.inside[key] = call.parent
        amounts, before = amounts_of(call), self.charges.get(key)
        self.charges[key] = amounts if before is None else add(before, amounts)
        self.names[key] = who

    def count(self, at_ns: int, agent: str, version: str, **amounts: int) -> None:
        """Count how calls went."""
        sums = self.conduct[at_ns // SLOT_NS, agent, version]
        for name, amount in amounts.items():
            sums[name] += amount

    def time(self, at_ns: int, agent: str, version: str, kind: str, took_ns: int) -> None:
        """Count how long a call of a model or a tool took."""
        self.latencies[at_ns // SLOT_NS, agent, version, kind, bucket_of(took_ns)] += 1
        sums = self.conduct[at_ns // SLOT_NS, agent, version]
        sums[f"{kind}_ns"] += max(took_ns, 0)


def size_of(tokens_in: int) -> int:
    """The class of a prompt's length."""
    return bisect_left(SIZES, tokens_in)


def bucket_of(took_ns: int) -> int:
    """The bucket of a latency."""
    if took_ns <= BUCKET_NS:
        return 0
    return min(1 + int(4 * math.log2(took_ns / BUCKET_NS)), BUCKETS_MAX)


def bucket_end_ns(bucket: int) -> float:
    """Where a bucket ends."""
    return BUCKET_NS * 2 ** (bucket / 4)


def _nothing() -> dict[str, int]:
    return dict.fromkeys(CONDUCT_SUMS, 0)


def add(some: Sums, more: Sums) -> Sums:
    """Both together."""
    return tuple(map(operator.add, some, more))


def amounts_of(call: Call) -> Sums:
    """What a call adds to a charge."""
    read, write = _count(call.usage, "cache_read"), _count(call.usage, "cache_write")
    hour, reasoning = _count(call.usage, "cache_write_1h"), _count(call.usage, "reasoning")
    micro_usd = call.micro_usd or 0
    tokens = call.tokens_in, call.tokens_out
    return (1, int(call.micro_usd is None), micro_usd, *tokens, read, write, hour, reasoning)


def _count(usage: Mapping[str, Any], name: str) -> int:
    value = usage.get(name)
    return value if isinstance(value, int) and value > 0 else 0
