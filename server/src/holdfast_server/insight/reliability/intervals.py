"""Shares with intervals, and quantiles out of buckets."""

from __future__ import annotations

import math
from collections.abc import Mapping

from holdfast_server.insight.reliability.view import Latency, Ratio
from holdfast_server.kit.wire import NS_PER_MS
from holdfast_server.record.books.books import bucket_end_ns

Z_95 = 1.959964


def ratio(good: int, total: int) -> Ratio:
    """A share with Wilson's interval: it stays within 0 and 1, and is honest for few."""
    if total <= 0:
        return Ratio(value=None, low=None, high=None, good=good, total=0)
    share = good / total
    spread = Z_95**2 / total
    middle = (share + spread / 2) / (1 + spread)
    reach = Z_95 / (1 + spread) * math.sqrt(share * (1 - share) / total + spread / (4 * total))
    low, high = max(0.0, middle - reach), min(1.0, middle + reach)
    return Ratio(value=share, low=min(low, share), high=max(high, share), good=good, total=total)


def latency(buckets: Mapping[int, int], sum_ns: int) -> Latency:
    """Calls by bucket, and how long they took together."""
    calls = sum(buckets.values())
    told = {name: quantile_ms(buckets, share) for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))}
    return Latency(
        calls=calls,
        mean_ms=sum_ns / calls / NS_PER_MS if calls else None,
        p50_ms=told["p50"],
        p95_ms=told["p95"],
        p99_ms=told["p99"],
    )


def quantile_ms(buckets: Mapping[int, int], share: float) -> float | None:
    """The end of the bucket that a share of the calls does not pass."""
    calls = sum(buckets.values())
    wanted, passed = share * calls, 0
    for bucket in sorted(buckets):
        passed += buckets[bucket]
        if passed >= wanted:
            return bucket_end_ns(bucket) / NS_PER_MS
    return None
