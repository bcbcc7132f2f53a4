"""One try of a call at one model: what was judged, what it holds, and what came of it."""

from __future__ import annotations

import msgspec

from holdfast.action import Action
from holdfast.decision import Bundle, Decision, Session
from holdfast.decision.budgets import Account, Need
from holdfast.decision.content import Objection
from holdfast.record import Priced, Usage
from holdfast_server.action.llm.config import Api
from holdfast_server.action.llm.exchange.identity import Caller

NO_NEED = Need()
NO_PRICE = Priced(None, "", "", "")


class Step:
    """A model call as it is judged, recorded and paid for; another target is another step."""

    __slots__ = (
        "accounts",
        "action",
        "answer",
        "answer_id",
        "answer_model",
        "avoided_micro_usd",
        "bundle",
        "cache",
        "caller",
        "clamp",
        "cost_micro_usd",
        "counted",
        "decided_at",
        "decided_leaf",
        "decision",
        "ended_at",
        "ended_leaf",
        "ended_ns",
        "error",
        "estimated",
        "fingerprint",
        "finish",
        "first_ns",
        "free",
        "gap_max_ns",
        "gaps",
        "lasting",
        "model",
        "need",
        "objections",
        "own_ns",
        "priced",
        "provider",
        "question",
        "route",
        "session",
        "shown",
        "started_ns",
        "status",
        "streamed",
        "told",
        "upstream_ns",
        "usage",
    )

    def __init__(
        self, action: Action, caller: Caller, session: Session, bundle: Bundle, question: bytes
    ) -> None:
        self.action, self.caller, self.session, self.bundle = action, caller, session, bundle
        self.provider, _, self.model = action.target.partition("/")
        """Who is asked, and for which model, as the provider calls it."""
        self.question = question
        """The body of the request, as it was sent to the provider."""
        self.decision: Decision
        self.accounts: tuple[Account, ...] = ()
        self.need = NO_NEED
        """The most that it can use of them."""
        self.lasting = True
        """Whether what its session learns of it matters to anything that comes after."""
        self.objections: tuple[Objection, ...] = ()
        """What speaks against what the question holds."""
        self.fingerprint = ""
        """Of the contract that judged it, for a tool call."""
        self.free = self.counted = False
        """Whether it costs nothing, whatever its answer says; whether a budget grows with its answer."""
        self.clamp: int | None = None
        """How long its answer may be, where a budget says so and the request does not."""
        self.decided_leaf = self.ended_leaf = b""
        self.decided_at = self.ended_at = -1
        """Where the two records stand in this worker's ledger."""
        self.told = False
        """Whether the decision left for the journal by itself, because the call takes long."""
        self.shown: Api = "chat"
        """The API that the bodies are written in."""
        self.started_ns = self.ended_ns = self.first_ns = 0
        """Wall clock; `first_ns` is when the answer's first byte came, 0 for never."""
        self.own_ns = self.upstream_ns = 0
        """How long it was here, and how long at the provider."""
        self.gaps = self.gap_max_ns = 0
        """Pauses between the pieces of a stream: how many, and the longest."""
        self.streamed = self.estimated = False
        """Whether it is answered piece by piece; whether the tokens are our own count."""
        self.status = "running"
        """`running`, then as an outcome says."""
        self.error = ""
        self.answer = b""
        """What came back, as it came; cut when it is long."""
        self.answer_id = self.answer_model = self.finish = ""
        self.usage = Usage()
        self.cost_micro_usd: int | None = 0
        self.priced = NO_PRICE
        self.route = ""
        """The name that stands for this target, when its client called one."""
        self.cache = ""
        """`exact` or `semantic` when it was answered out of a cache."""
        self.avoided_micro_usd = 0
        """What that would have cost."""

    def shadow(self) -> None:
        """Let it run whatever was decided: in shadow mode that is only written down."""
        self.decision = msgspec.structs.replace(self.decision, enforced=False)

    @property
    def id(self) -> str:
        """16 hex digits: the action's and the span's id."""
        return self.action.id

    @property
    def changed(self) -> bool:
        """Whether rules changed what is asked."""
        return self.decision.enforced and self.decision.digest != self.action.digest
