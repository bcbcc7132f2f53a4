"""What is wrong, or looks wrong, with policies that can be loaded."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from holdfast.decision.cedar import Policy, locate
from holdfast.errors import PolicySyntaxError


class Severity(StrEnum):
    """How bad it is, worst first."""

    ERROR = "error"
    """The policies are refused."""
    WARNING = "warning"
    """They are in force, and probably do not do what was meant."""
    INFO = "info"
    """They do what they say, and could say it better."""


class Lint(msgspec.Struct, frozen=True):
    """One finding, where it stands."""

    code: str
    severity: Severity
    message: str
    path: str = ""
    """The file; empty when it is about all of them together."""
    line: int = 0
    column: int = 0
    suggestion: str = ""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}:{self.column}: " if self.path else ""
        told = f"{place}{self.severity}: {self.message} [{self.code}]"
        return f"{told}\n  {self.suggestion}" if self.suggestion else told


def about(
    policy: Policy,
    code: str,
    message: str,
    *,
    needle: str = "",
    suggestion: str = "",
    severity: Severity = Severity.WARNING,
) -> Lint:
    """A finding about a policy, at the word that it is about."""
    line, column = locate(policy, needle)
    return Lint(code, severity, message, policy.source, line, column, suggestion)


def of_error(error: PolicySyntaxError) -> Lint:
    """What a load error is as a finding."""
    place = f"{error.path}:{error.line}:{error.column}: "
    message = error.message.removeprefix(place)
    return Lint("refused", Severity.ERROR, message, error.path, error.line, error.column, error.hint)
