"""One action on its way through the guard."""

from __future__ import annotations

from contextvars import Token
from enum import StrEnum
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from holdfast.action import NOTHING, Action, Contract, Estimate, Kind
from holdfast.decision import Decision, Verdict
from holdfast.guard.conduct import Conduct
from holdfast.guard.here import Here, rejoin, stand
from holdfast.guard.run import Run


class State(StrEnum):
    """Where a step is."""

    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    HALTED = "halted"


RUNNING: Final = State.RUNNING
# On CPython 3.11 `State.RUNNING` costs 0.1 µs each time; every step asks for it often.
OPEN: Final = (RUNNING, State.WAITING)
"""States that a step leaves again."""


class Call(msgspec.Struct, frozen=True, gc=False):
    """What somebody wants to do, before it is judged."""

    kind: Kind
    target: str
    arguments: dict[str, Any]
    call_id: str = ""
    """The framework's own id of this call, by which it is known again when executed twice."""
    estimate: Estimate = NOTHING
    framework: str = ""
    title: str = ""
    texts: tuple[str, ...] = ()
    """What is sent beside the arguments that describe it: the words of a model call."""


class Step:
    """One action with its decision; `with step:` makes it the parent of what happens inside."""

    __slots__ = (
        "_token",
        "action",
        "approval",
        "asked_arguments",
        "asked_digest",
        "brings",
        "call_id",
        "conduct",
        "contract",
        "decision",
        "ended_ns",
        "fingerprint",
        "framework",
        "index",
        "leases",
        "model",
        "reply",
        "run",
        "started_ns",
        "state",
        "texts",
        "title",
        "told",
    )

    def __init__(
        self,
        call: Call,
        action: Action,
        decision: Decision,
        run: Run,
        *,
        contract: Contract | None,
        fingerprint: str = "",
    ) -> None:
        self.call_id = call.call_id
        self.framework = call.framework or run.framework
        self.title = call.title
        self.texts = call.texts
        """What is sent in the place of the texts that the call came with."""
        self.action = action
        self.asked_arguments = action.arguments
        self.asked_digest = action.digest
        """Digest of the arguments as they were asked for: edits and transformations do not change it."""
        self.decision = decision
        self.contract = contract
        self.fingerprint = fingerprint
        """Which version of the tool's contract judged it; empty without one."""
        self.run = run
        self.state = RUNNING
        self.brings: tuple[str, ...] = ()
        """Labels that came with the result beside the contract's: from a memory, or back from a delegate."""
        self.approval = ""
        self.reply = ""
        """What the model is told instead of a result, when the action did not run."""
        self.started_ns = 0
        self.ended_ns = 0
        self.index = -1
        """Where the decision stands in the ledger of this process."""
        self.leases: tuple[tuple[str, int], ...] = ()
        """What is held for it on leases of budgets."""
        self.model: Model | None = None
        self.told = ""
        """What was said to the model below the result."""
        self.conduct: Conduct | None = None
        """How its contract was kept, when that asked for more than judging and recording."""
        self._token: Token[Here] | None = None

    def __repr__(self) -> str:
        return (
            f"<Step {self.id} {self.action.kind} {self.action.target}: {self.decision.verdict}, {self.state}>"
        )

    @property
    def id(self) -> str:
        """16 hex digits: the action's and the span's id."""
        return self.action.id

    @property
    def verdict(self) -> Verdict:
        """What was decided; in shadow mode also when it is not enforced."""
        return self.decision.verdict

    @property
    def allowed(self) -> bool:
        """Whether it may run now."""
        return self.state is RUNNING

    @property
    def waiting(self) -> bool:
        """Whether a person must answer first."""
        return self.state is State.WAITING

    @property
    def arguments(self) -> dict[str, Any]:
        """What runs: the judged arguments, never the caller's object."""
        return self.decision.arguments if self.decision.enforced else self.action.arguments

    @property
    def changed(self) -> bool:
        """Whether what runs differs from what was asked for."""
        return self.decision.enforced and self.decision.digest != self.asked_digest

    @property
    def inside(self) -> Here:
        """The place of whatever happens within this step."""
        judged = (self.action.target, self.arguments) if self.action.kind is Kind.TOOL else None
        return Here(self.run.session, self.run, self.id, self.run.person, judged)

    @property
    def message(self) -> str:
        """What the model reads instead of a result: short, no policy internals."""
        return self.reply or f"Refused: {self.decision.message}"

    def __enter__(self) -> Self:
        self._token = stand(self.inside)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._token is not None:
            rejoin(self._token)
            self._token = None


class Model(msgspec.Struct, frozen=True, gc=False):
    """What is known of one model call beyond its arguments."""

    provider: str
    name: str
    streamed: bool = False
    messages_in: tuple[dict[str, Any], ...] = ()
    messages_out: tuple[dict[str, Any], ...] = ()
    first_token_ns: int = 0
    finish: str = ""
    id: str = ""
    """The provider's own id of the answer: another report of the same call carries it, too."""
    counted_by: str = ""
    """The step of a gateway that counts and pays the call; here it then costs nothing."""
    estimated: bool = False
    """True when the provider reported no usage and the tokens are our own count."""
