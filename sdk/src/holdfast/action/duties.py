"""What a contract asks of whoever makes the call: time, repetition, proof and the way back."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

WITHIN_MAX_S = 300.0
"""How long a post-condition may be awaited."""

Seconds = Annotated[float, msgspec.Meta(gt=0, le=86_400)]
Named = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Duty(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing a contract asks of whoever makes the call."""


class Retries(Duty, frozen=True):
    """How often a call that failed in passing is made again; only reads and idempotent tools may."""

    times: Annotated[int, msgspec.Meta(ge=1, le=10)] = 2
    """How often at most, beyond the first call."""
    wait_s: Seconds = 0.2
    """Before the first repetition; it doubles from there, with jitter."""
    wait_max_s: Seconds = 10.0
    on: tuple[Named, ...] = ()
    """Classes of errors that pass by themselves, beside lost connections and timeouts."""


class Rate(Duty, frozen=True):
    """How many calls one process may make in any window of this length; one more is refused."""

    calls: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    per_s: Seconds


class Polling(Duty, frozen=True):
    """The rhythm of a tool that is asked the same until something changes; repeating it is no alarm."""

    every_s: Seconds = 1.0
    """The same call comes no sooner than this after the last; one that does is refused and told to wait."""
    max: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 60
    """How often the same call may bring the same result before it counts as a loop after all."""


class PostCondition(Duty, frozen=True):
    """What must be true of the world afterwards, and the probe that reads it.

    Confirmed when the probe's result is as expected, contradicted when it is not, unknown in every other
    case; unknown is not success.
    """

    tool: str = ""
    """A tool that reads: it is called through the guard, under the same policies."""
    probe: str = ""
    """Instead of a tool, a function given with the decorator; only its own process can run it."""
    arguments: dict[str, Any] = {}
    """What the probe is called with: values, and references such as `$arguments.id` and `$result.id`."""
    expect: dict[str, Any] = {}
    """Parts of the probe's result, by dotted path, and the value each must have; a reference is allowed."""
    schema: dict[str, Any] = {}
    """JSON Schema that the probe's whole result must keep."""
    fails_with: tuple[Named, ...] = ()
    """The probe must fail with one of these errors: what was destroyed is to be found no more."""
    within_s: Annotated[float, msgspec.Meta(ge=0, le=WITHIN_MAX_S)] = 0.0
    """How long the world may take: the probe is repeated until it confirms or this time is over."""
    timeout_s: Annotated[float, msgspec.Meta(gt=0, le=WITHIN_MAX_S)] = 10.0
    """How long one reading may take."""


class Compensation(Duty, frozen=True):
    """The call that takes the effect back."""

    tool: Named
    arguments: dict[str, Any] = {}
    """What it is called with: values, and references such as `$arguments.id` and `$result.id`."""
