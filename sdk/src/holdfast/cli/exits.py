"""What the exit code of every command means."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from holdfast.errors import Conflict, HoldfastError, NotPermitted, RequestError, Tampered, Unavailable


class Exit(IntEnum):
    """How a command ended."""

    OK = 0
    FAILED = 1
    BAD_INPUT = 2
    ASK = 3
    DENY = 4
    HALT = 5
    UNREACHABLE = 6


MEANINGS: Final = {
    Exit.OK: "done, or the action is allowed",
    Exit.FAILED: "a check failed, or the server refused the request",
    Exit.BAD_INPUT: "the input, the options or a settings file cannot be used",
    Exit.ASK: "a person must approve the action",
    Exit.DENY: "the action is denied",
    Exit.HALT: "the run is over",
    Exit.UNREACHABLE: "the server cannot be reached, or does not answer as one",
}
"""Every exit code; docs/guides/cli.md and `holdfast --help` say the same."""

_OF_ERRORS: Final[dict[type[HoldfastError], Exit]] = {
    Conflict: Exit.FAILED,
    NotPermitted: Exit.FAILED,
    Tampered: Exit.FAILED,
    Unavailable: Exit.UNREACHABLE,
    RequestError: Exit.BAD_INPUT,
}
_OF_VERDICTS: Final = {"ask": Exit.ASK, "deny": Exit.DENY, "halt": Exit.HALT}


def of_error(error: HoldfastError) -> Exit:
    """The code of an error; the first class that fits counts."""
    return next((code for kind, code in _OF_ERRORS.items() if isinstance(error, kind)), Exit.BAD_INPUT)


def of_verdict(verdict: str) -> Exit:
    """The code of a verdict: what may run is a success."""
    return _OF_VERDICTS.get(verdict, Exit.OK)
