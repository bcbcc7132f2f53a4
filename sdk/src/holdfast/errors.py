"""Everything that can go wrong, drawn before it is written.

```text
HoldfastError                 code, hint
├── Misconfigured             a person must fix a file
│   └── PolicySyntaxError         at path, line, column
├── Refused                   an outcome, not a fault: the action did not run
│   ├── Denied                    a rule, a contract or silence refused it
│   ├── Rejected                  a person refused it
│   ├── Expired                   nobody answered in time
│   └── BudgetSpent               the reservation did not fit
├── Unsuccessful              it ran, and that is no success
│   ├── TimedOut                  it did not end in time and may still take effect
│   ├── OutputMismatch            its result is not as its contract says
│   └── Unconfirmed               whether it took effect is unknown
│       └── Contradicted              the world shows that it did not
├── Unavailable               try again after retry_after_s
├── Tampered                  a hash or signature does not hold; never swallowed
└── RequestError              Invalid · NotFound · Conflict · NotPermitted

Halted                        the run is over; a BaseException, so that no `except Exception` swallows it
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pathlib import Path


class HoldfastError(Exception):
    """Base of every error Holdfast raises; `code` is stable, `hint` is the reader's next step."""

    code: ClassVar[str] = "holdfast"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message.rstrip('.')}. {self.hint}" if self.hint else self.message


class Misconfigured(HoldfastError):
    """A file or setting cannot be used as it stands; a person must change it."""

    code = "misconfigured"


class PolicySyntaxError(Misconfigured):
    """A policy file cannot be read at this place; the last good bundle stays in force."""

    code = "policy_syntax"

    def __init__(
        self, message: str, *, path: str | Path = "", line: int = 0, column: int = 0, hint: str = ""
    ) -> None:
        super().__init__(f"{path}:{line}:{column}: {message}", hint=hint)
        self.path, self.line, self.column = str(path), line, column


class Refused(HoldfastError):
    """The action did not run, and that is the outcome, not a fault."""

    code = "refused"


class Denied(Refused):
    """A rule, a contract or silence refused the action."""

    code = "denied"


class Rejected(Refused):
    """A person refused the action."""

    code = "rejected"


class Expired(Refused):
    """Nobody answered in time, and silence is refusal."""

    code = "expired"


class BudgetSpent(Refused):
    """The action's reservation did not fit into what is left; retrying cannot help."""

    code = "budget_spent"


class Unsuccessful(HoldfastError):
    """The action ran, and its contract does not let it pass for a success."""

    code = "unsuccessful"


class TimedOut(Unsuccessful):
    """The call did not end in time; it may still take effect."""

    code = "timed_out"


class OutputMismatch(Unsuccessful):
    """The result is not as the contract says, so nobody may rely on it."""

    code = "output_mismatch"


class Unconfirmed(Unsuccessful):
    """Whether the effect happened could not be observed, and unknown is not success."""

    code = "unconfirmed"


class Contradicted(Unconfirmed):
    """The world shows that the effect did not happen as claimed."""

    code = "contradicted"


class Unavailable(HoldfastError):
    """Nothing was kept; the same call may succeed after `retry_after_s` seconds."""

    code = "unavailable"

    def __init__(self, message: str, *, retry_after_s: float = 1.0, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class Tampered(HoldfastError):
    """A hash or signature does not hold; `index` is the first record that cannot be trusted, if known."""

    code = "tampered"

    def __init__(self, message: str, *, index: int | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.index = index


class RequestError(HoldfastError):
    """The request itself cannot be served."""

    code = "request"


class Invalid(RequestError):
    """The request is not of the right shape."""

    code = "invalid"


class NotFound(RequestError):
    """There is no such thing."""

    code = "not_found"


class Conflict(RequestError):
    """The thing is in a state that does not allow this."""

    code = "conflict"


class NotPermitted(RequestError):
    """The caller may not do this."""

    code = "not_permitted"


class Halted(BaseException):
    """The run is over: a kill or a `halt` verdict; every later boundary of the run raises it again."""

    code: ClassVar[str] = "halted"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
