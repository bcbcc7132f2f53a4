"""What routing costs and what it is worth, on answers that are recorded: no model is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple


class Case(NamedTuple):
    """A question that both models answered, and how sure a route was of the cheap one."""

    confidence: float
    cheap_cost: float
    strong_cost: float
    cheap_right: float
    strong_right: float


class Point(NamedTuple):
    """What a threshold comes to, on average of all calls."""

    threshold: float
    """Questions with less confidence than this go to the strong model."""
    share: float
    """Of the calls, those that go there."""
    cost: float
    quality: float


def draw_frontier(cases: Iterable[Case]) -> list[Point]:
    """Every threshold there is, from always cheap to always strong."""
    ordered = sorted(cases, key=lambda one: one.confidence)
    if not ordered:
        return []
    n = len(ordered)
    cost, quality = sum(one.cheap_cost for one in ordered), sum(one.cheap_right for one in ordered)
    points = [Point(ordered[0].confidence, 0.0, cost / n, quality / n)]
    for place, one in enumerate(ordered, 1):
        cost += one.strong_cost - one.cheap_cost
        quality += one.strong_right - one.cheap_right
        after = ordered[place].confidence if place < n else float("inf")
        if after != one.confidence:
            points.append(Point(after, place / n, cost / n, quality / n))
    return points


def at_threshold(cases: Iterable[Case], threshold: float) -> Point:
    """What one threshold comes to, whoever chose it."""
    taken = [(one, one.confidence < threshold) for one in cases]
    n = len(taken) or 1
    return Point(
        threshold,
        sum(strong for _, strong in taken) / n,
        sum(one.strong_cost if strong else one.cheap_cost for one, strong in taken) / n,
        sum(one.strong_right if strong else one.cheap_right for one, strong in taken) / n,
    )


def first_reaching(points: Sequence[Point], quality: float) -> Point | None:
    """The cheapest point that is at least so good; None when none is."""
    return min(
        (one for one in points if one.quality >= quality - 1e-12), key=lambda one: one.cost, default=None
    )


def gain(points: Sequence[Point]) -> float:
    """The share of the strong model's worth that is got back, over all shares of calls that may go to it.

    What RouteLLM calls APGR: chance gets 0.5, and whoever is wiser more.
    """
    if not points or points[-1].quality == points[0].quality:
        return 0.0
    worth = points[-1].quality - points[0].quality
    return sum(
        (other.share - one.share) * (one.quality + other.quality - 2 * points[0].quality) / 2 / worth
        for one, other in pairwise(points)
    )
