"""What something will have cost in the end: forecasts with intervals that are measured, not hoped for.

A run is compared with finished runs of its agent that got as far as it did: what those still spent, scaled to
its own size, is what it may still spend. A window is its past plus days drawn from the days before, the rest
of today from the same hours of them. docs/concepts/forecast.md says how often the intervals held.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Final

import msgspec

COVERAGE: Final = 0.8
"""How often the truth shall lie inside an interval."""
SIBLINGS_MIN: Final = 9
"""Fewer finished runs cannot carry an interval of 80 %."""
SCALE_MAX: Final = 3.0
"""A run is taken for at most so many times dearer, or cheaper, than a sibling was at the same call."""
DRAWS: Final = 1_000
DAYS_MIN: Final = 7
SLOTS_MIN: Final = 24
"""Two hours: less says nothing about the next."""
HALF_LIFE_DAYS: Final = 14.0
SHRINK: Final = 0.25
"""How much of a usual day a day's level is held against while it is young."""
ALIKE: Final = 8
"""Neighbouring days are alike: so many of them tell as much of a level as one would alone."""
DRIFT_A_DAY: Final = 0.01
"""By how much the level may move in a day, from the middle of the past to the middle of what comes."""
UNSURE: Final = 0.65
"""Standard deviation of the logarithm of what a pace of hours says of hours to come: days have shapes."""
BLOCK: Final = 12
"""Slots drawn together where there are no days to draw from: an hour, because spending comes in bursts."""


class Estimate(msgspec.Struct, frozen=True):
    """A number with the interval around it; without bounds nobody knows."""

    expected: float | None
    low: float | None
    high: float | None
    method: str
    """siblings, days, pace or none."""
    basis: int
    """How many runs, days or slots it rests on."""
    draws: tuple[float, ...] = ()
    """Possible ends, in order."""

    def chance_over(self, limit: float) -> float | None:
        """How likely it ends above a limit; None when nobody knows."""
        if not self.draws:
            return None
        return sum(draw > limit for draw in self.draws) / len(self.draws)


class Day(msgspec.Struct, frozen=True):
    """What one calendar day cost, by slots from its midnight on."""

    weekend: bool
    slots: tuple[float, ...]

    @property
    def total(self) -> float:
        """The whole day."""
        return sum(self.slots)


def forecast_run(
    spent: Sequence[float], siblings: Sequence[Sequence[float]], *, coverage: float = COVERAGE
) -> Estimate:
    """What a run will have cost at its end.

    Args:
        spent: the cost of each of its calls so far, in order.
        siblings: the same of finished runs of its agent.
        coverage: how often the interval shall hold.
    """
    calls, so_far = len(spent), sum(spent)
    further = [one for one in siblings if len(one) >= calls]
    if len(further) < SIBLINGS_MIN:
        return Estimate(None, so_far, None, "none", len(further))
    totals = sorted(so_far + _scale(so_far, one[:calls]) * sum(one[calls:]) for one in further)
    low, high = _interval(totals, coverage)
    return Estimate(_quantile(totals, 0.5), low, high, "siblings", len(further), tuple(totals))


def forecast_window(
    spent: float,
    past: Sequence[Day],
    today: Sequence[float],
    ahead: Sequence[bool],
    *,
    slots_ahead: int,
    recent: Sequence[float] = (),
    coverage: float = COVERAGE,
    seed: int = 0,
) -> Estimate:
    """What a window will have cost at its end.

    Args:
        spent: what it has cost so far.
        past: whole days before today, oldest first.
        today: slots of today that are over.
        ahead: for each whole day after today whether it is one of a weekend.
        slots_ahead: slots of the window that are still to come, all in all.
        recent: the latest slots, oldest first, for when there are not enough days.
        coverage: how often the interval shall hold.
        seed: which draws are made; the same seed gives the same answer.
    """
    dice = random.Random(seed)  # noqa: S311  # a simulation, not a secret
    if slots_ahead <= 0:
        return Estimate(spent, spent, spent, "days", len(past), (spent,))
    if len(past) >= DAYS_MIN:
        draws, method, basis = _draw_days(past, today, ahead, dice), "days", len(past)
    elif len(recent) >= SLOTS_MIN:
        draws, method, basis = _draw_slots(recent, slots_ahead, dice), "pace", len(recent)
    else:
        return Estimate(None, spent, None, "none", len(recent))
    ends = sorted(spent + draw for draw in draws)
    tail = (1 - coverage) / 2
    return Estimate(
        sum(ends) / len(ends), _quantile(ends, tail), _quantile(ends, 1 - tail), method, basis, tuple(ends)
    )


def _scale(so_far: float, theirs: Sequence[float]) -> float:
    """How much dearer this run is than a sibling was at the same call; the geometric mean with 1."""
    there = sum(theirs)
    if so_far <= 0 or there <= 0:
        return 1.0
    return min(max(math.sqrt(so_far / there), 1 / SCALE_MAX), SCALE_MAX)


def _draw_days(
    past: Sequence[Day], today: Sequence[float], ahead: Sequence[bool], dice: random.Random
) -> list[float]:
    weights = [0.5 ** ((len(past) - place) / HALF_LIFE_DAYS) for place in range(len(past))]
    usual = sum(_usual(past, weights, weekend=weekend) for weekend in ahead)
    apart = _spread(past) * math.sqrt(ALIKE / (len(ahead) + ALIKE) + ALIKE / (len(past) + ALIKE))
    drift = DRIFT_A_DAY * (len(ahead) / 2 + min(len(past) / 2, HALF_LIFE_DAYS))
    spread = math.hypot(apart, drift)
    draws: list[float] = []
    for _ in range(DRAWS):
        pool = dice.choices(past, weights, k=len(past))
        level = math.exp(spread * _student(len(past) - 2, dice)) if ahead else 1.0
        draws.append(_rest_of_today(pool, today, dice) + usual * level)
    return draws


def _usual(past: Sequence[Day], weights: Sequence[float], *, weekend: bool) -> float:
    """What a day like this costs, the recent ones counting more."""
    like = [(day.total, weight) for day, weight in zip(past, weights, strict=True) if day.weekend is weekend]
    like = like or [(day.total, weight) for day, weight in zip(past, weights, strict=True)]
    return sum(total * weight for total, weight in like) / sum(weight for _, weight in like)


def _spread(past: Sequence[Day]) -> float:
    """By how much days differ from those like them: the standard deviation of their logarithms."""
    least = max(sum(day.total for day in past) / len(past) / 100, 1e-9)
    errors: list[float] = []
    for weekend in (False, True):
        like = [math.log(max(day.total, least)) for day in past if day.weekend is weekend]
        errors += [one - sum(like) / len(like) for one in like]
    return math.sqrt(sum(one * one for one in errors) / max(1, len(errors) - 2))


def _student(freedom: int, dice: random.Random) -> float:
    """A draw of Student's t: what few days say of their spread is uncertain as well."""
    return dice.gauss(0, 1) / math.sqrt(dice.gammavariate(freedom / 2, 2 / freedom))


def _rest_of_today(pool: Sequence[Day], today: Sequence[float], dice: random.Random) -> float:
    place = len(today)
    usual = sum(day.total for day in pool) / len(pool)
    usual_before = sum(sum(day.slots[:place]) for day in pool) / len(pool)
    if usual <= 0:
        return 0.0
    level = (sum(today) + SHRINK * usual) / (usual_before + SHRINK * usual)
    return level * sum(dice.choice(pool).slots[place:])


def _draw_slots(recent: Sequence[float], slots_ahead: int, dice: random.Random) -> list[float]:
    blocks = [sum(recent[place : place + BLOCK]) for place in range(0, len(recent) - BLOCK + 1, BLOCK // 2)]
    whole, part = divmod(slots_ahead, BLOCK)
    draws: list[float] = []
    for _ in range(DRAWS):
        pool = dice.choices(blocks, k=max(2, len(recent) // BLOCK))
        # Above a thousand blocks their sum is as good as its mean; drawing them all would only take time.
        drawn = min(whole, 1_000)
        some = sum(dice.choices(pool, k=drawn)) * (whole / drawn if drawn else 0)
        draws.append((some + dice.choice(pool) * part / BLOCK) * math.exp(dice.gauss(0, UNSURE)))
    return draws


def _interval(ordered: Sequence[float], coverage: float) -> tuple[float, float]:
    """Between which of n equally likely values the next one lies; widened for how few they are."""
    size, tail = len(ordered), (1 - coverage) / 2
    low = max(0, math.floor((size + 1) * tail) - 1)
    high = min(size - 1, math.ceil((size + 1) * (1 - tail)) - 1)
    return ordered[low], ordered[high]


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
