"""The thresholds of other loop detectors, so that one trace can be judged by theirs and by ours."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from holdfast.decision.alarms import Alarm, Detectors

OFF: Final = Detectors(
    identical_calls=None,
    identical_errors=None,
    cycles=None,
    exchanges=None,
    same_errors=None,
    retries=None,
    no_progress=None,
    rewordings=None,
    same_thoughts=None,
    growing_context=None,
    compactions=None,
    spawns=None,
    spawn_rate=None,
    spawn_depth=None,
    repeated_denials=None,
)
"""Nothing looks."""


def only(*, person_resets: bool, **alarms: int) -> Detectors:
    """These detectors alone, each halting at its limit."""
    chosen = {name: Alarm(limit) for name, limit in alarms.items()}
    return msgspec.structs.replace(OFF, person_resets=person_resets, **chosen)


KNOWN: Final[Mapping[str, Detectors]] = MappingProxyType(
    {
        "openhands": only(
            person_resets=False,
            identical_calls=4,
            identical_errors=3,
            cycles=3,
            same_thoughts=3,
            compactions=10,
        ),
        "openhands-interactive": only(
            person_resets=True,
            identical_calls=4,
            identical_errors=3,
            cycles=3,
            same_thoughts=3,
            compactions=10,
        ),
        "gemini-cli": only(person_resets=True, identical_calls=5, cycles=5),
    }
)
"""By the name of the project: OpenHands' stuck detector, gemini-cli's loop detection service."""
