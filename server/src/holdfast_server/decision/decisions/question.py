"""A question to the deciding core over HTTP, its answer, and how it ended.

Structs rather than models: they are read and written on the path that an agent waits for.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec

from holdfast.decision import Reason
from holdfast.decision.cedar import did_you_mean
from holdfast.decision.facts import FACTS
from holdfast.decision.observed import Observed
from holdfast.decision.undoing import Undo

BATCH_MAX: Final = 1_000
"""Actions of one batch."""

Name = Annotated[str, msgspec.Meta(max_length=256)]
Said = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Note = Annotated[str, msgspec.Meta(max_length=4096)]
Hex16 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$", max_length=16)]
Hex32 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$", max_length=32)]
Tokens = Annotated[int, msgspec.Meta(ge=0)]
Money = Annotated[float, msgspec.Meta(ge=0, le=1_000_000_000)]
VerdictName = Literal["allow", "transform", "ask", "deny", "halt"]


class ActorNote(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """Who acts, or through whom."""

    agent: Said
    version: Name = ""
    owner: Name = ""


class EstimateNote(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The most the action can use."""

    tokens_in: Tokens = 0
    tokens_out: Tokens = 0
    cost_usd: Money | None = 0
    """Null when no price is known."""


class Question(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """An action that asks to be judged."""

    kind: Literal["start", "model", "tool", "delegate", "memory", "message", "output"] = "tool"
    target: Said
    arguments: dict[str, Any] = {}
    actor: ActorNote
    session: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    id: Hex16 | None = None
    """The step's id; made when absent."""
    run: Hex32 | None = None
    """Made when absent: one run a session."""
    trace: Hex32 | None = None
    """The outermost run, when this one was begun in another; its budgets count, too."""
    parent: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{16})?$", max_length=16)] = ""
    """The step it is made for; a probe of a post-condition names the call that it looks after."""
    chain: Annotated[list[ActorNote], msgspec.Meta(max_length=32)] = []
    person: Name = ""
    approval: Name | None = None
    """Id of an approval of exactly this action; it is used up."""
    estimate: EstimateNote = EstimateNote()
    endorse: Annotated[list[Note], msgspec.Meta(max_length=64)] = []
    """Texts whose values the person has chosen."""
    facts: Annotated[dict[str, Any], msgspec.Meta(max_length=64)] = {}
    """What the program around the agent says of it, beyond the arguments; policies may ask for it."""
    tags: Annotated[dict[Said, Name], msgspec.Meta(max_length=16)] = {}
    """What its use is counted by in budgets: `customer`, `workflow`, or any name."""
    title: Note = ""

    def __post_init__(self) -> None:
        for name in self.facts:
            if name not in FACTS:
                raise ValueError(f"there is no fact {name}. {did_you_mean(name, FACTS)}")


class Paragraph(msgspec.Struct, frozen=True):
    """One paragraph of an explanation."""

    title: str
    text: str


class Answered(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The decision on a question."""

    verdict: VerdictName
    stage: str
    step: str
    run: str
    session: str
    target: str
    reasons: tuple[Reason, ...]
    obligations: tuple[str, ...]
    arguments: dict[str, Any]
    """What may run: exactly this, after every obligation."""
    digest: str
    roles: tuple[str, ...]
    labels: tuple[str, ...]
    unendorsed: tuple[str, ...]
    bundle: str
    took_us: float
    timings_us: dict[str, float]
    explanation: tuple[Paragraph, ...]
    ledger_index: int


class OutcomeNote(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """How a judged action ended."""

    step: Hex16
    status: Literal["done", "failed", "refused", "halted", "cancelled"]
    error_class: Name = ""
    error: Note = ""
    result: Any = None
    cost_usd: Money | None = None
    tokens_in: Tokens = 0
    tokens_out: Tokens = 0
    model: Name = ""
    provider: Name = ""


class Questions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Several actions that ask to be judged, one after the other."""

    decisions: Annotated[list[Question], msgspec.Meta(min_length=1, max_length=BATCH_MAX)]


class Outcomes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How several actions ended."""

    outcomes: Annotated[list[OutcomeNote], msgspec.Meta(min_length=1, max_length=BATCH_MAX)]


class OutcomeTaken(msgspec.Struct, frozen=True, gc=False):
    """The outcome is in the ledger."""

    ledger_index: int
    status: str
    """As it was told, or `failed` where the contract of the tool does not let it pass for done."""
    observed: Observed = ""
    """What the world shows of it; empty when its contract asks for nothing. Unknown is not success."""
    detail: str = ""
    undo: Undo | None = None
    """The call that takes the effect back, where the contract names one."""
    result: Any = msgspec.UNSET
    """What the agent may see in place of the result; absent when it may see the result itself."""


class Fault(msgspec.Struct, frozen=True):
    """Why there is no answer to one of several, as a problem document says it."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    hint: str


class Judged(msgspec.Struct, frozen=True):
    """One action of a batch: its decision, or why there is none."""

    decision: Answered | None = None
    problem: Fault | None = None
    """Without a decision the action must not run."""


class JudgedAll(msgspec.Struct, frozen=True):
    """A batch, in the order in which it was asked."""

    items: list[Judged]


class Told(msgspec.Struct, frozen=True):
    """One outcome of a batch: taken in, or why not."""

    outcome: OutcomeTaken | None = None
    problem: Fault | None = None


class ToldAll(msgspec.Struct, frozen=True):
    """A batch, in the order in which it was told."""

    items: list[Told]
