"""One try of a call at one model: what was judged, what it holds, and what came of it."""

from __future__ import annotations

from typing import Final

import msgspec

from holdfast.action import Action
from holdfast.decision import Bundle, Decision, Session, Verdict
from holdfast.decision.budgets import Account, Need
from holdfast.decision.content import Objection
from holdfast.record import Priced, Usage
from holdfast.record.decisions import Leased
from holdfast_server.action.llm.config import Api
from holdfast_server.action.llm.exchange.identity import Caller

UNDECIDED: Final = Decision("", Verdict.DENY, "", (), {}, "", "")
NO_NEED: Final = Need()
NO_PRICE: Final = Priced(None, "", "", "")
NOTHING_USED: Final = Usage()


class Step(msgspec.Struct, eq=False):
    """A model call as it is judged, recorded and paid for; another target is another step."""

    action: Action
    caller: Caller
    session: Session
    bundle: Bundle
    question: bytes
    """The body of the request, as it was sent to the provider."""
    provider: str = ""
    model: str = ""
    """Who is asked, and for which model, as the provider calls it."""
    shown: Api = "chat"
    """The API that the bodies are written in."""
    shared: bytes = b""
    """What its frame begins with, where that is known already."""
    route: str = ""
    """The name that its client called, where that stands for the model."""
    accounts: tuple[Account, ...] = ()
    need: Need = NO_NEED
    """The most that it can use of them."""
    counted: bool = False
    """Whether some budget grows with the length of its answer."""
    clamp: int | None = None
    """How long its answer may be, where a budget says so and the request does not."""
    lasting: bool = True
    """Whether what its session learns of it matters to anything that comes after."""
    free: bool = False
    """Whether it costs nothing, whatever its answer says."""
    streamed: bool = False
    """Whether it is answered piece by piece."""
    objections: tuple[Objection, ...] = ()
    """What speaks against what the question holds."""
    decision: Decision = UNDECIDED
    changed: bool = False
    """Whether rules changed what is asked."""
    leases: Leased | None = None
    """What it holds on leases; None while it holds nothing."""
    fingerprint: str = ""
    """Of the contract that judged it, for a tool call."""
    decided_leaf: bytes = b""
    decided_at: int = -1
    ended_leaf: bytes = b""
    ended_at: int = -1
    """The two records, and where they stand in this worker's ledger."""
    told: bool = False
    """Whether the decision left for the journal by itself, because the call takes long."""
    started_ns: int = 0
    ended_ns: int = 0
    first_ns: int = 0
    """Wall clock; `first_ns` is when the answer's first byte came, 0 for never."""
    own_ns: int = 0
    upstream_ns: int = 0
    """How long it was here, and how long at the provider."""
    gaps: int = 0
    gap_max_ns: int = 0
    """Pauses between the pieces of a stream: how many, and the longest."""
    estimated: bool = False
    """Whether the tokens are our own count."""
    status: str = "running"
    """`running`, then as an outcome says."""
    error: str = ""
    answer: bytes = b""
    """What came back, as it came; cut when it is long."""
    answer_id: str = ""
    answer_model: str = ""
    finish: str = ""
    usage: Usage = NOTHING_USED
    cost_micro_usd: int | None = 0
    priced: Priced = NO_PRICE
    cache: str = ""
    """`exact` or `semantic` when it was answered out of a cache."""
    avoided_micro_usd: int = 0
    """What that would have cost."""

    def shadow(self) -> None:
        """Let it run whatever was decided: in shadow mode that is only written down."""
        self.decision = msgspec.structs.replace(self.decision, enforced=False)
        self.changed = False

    def own_session(self) -> Session:
        """Its session to write to: one of its own, where it shared that of all calls without a name."""
        if self.session is self.caller.nobody:
            self.session = self.caller.begin(self.action.session)
        return self.session

    def remember(self) -> Session:
        """Let its session know what it holds, though nobody named one: it is going to hold more."""
        session = self.own_session()
        if not self.lasting:
            session.take(self.action, self.decision)
            self.lasting = True
        return session

    @property
    def id(self) -> str:
        """16 hex digits: the action's and the span's id."""
        return self.action.id
