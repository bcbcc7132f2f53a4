"""What may happen to an action, and how many opinions become one."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

import msgspec


class Verdict(StrEnum):
    """What may happen to an action, loosest first."""

    ALLOW = "allow"
    TRANSFORM = "transform"
    ASK = "ask"
    DENY = "deny"
    HALT = "halt"


LOOSEST_FIRST: Final = tuple(Verdict)
SHOWN_MAX: Final = 200
"""Characters of a value that people are shown."""
_RANK: Final = {verdict: rank for rank, verdict in enumerate(Verdict)}


class Reason(msgspec.Struct, frozen=True, gc=False):
    """Why one rule spoke as it did, and what would change its mind."""

    rule: str
    """The policy's `@id`, or `holdfast:<stage>` for a built-in stage."""
    category: str
    """The stage that spoke: kill, identity, arguments, contract, policy, flow, detector, budget, error."""
    message: str
    """One short sentence a model may read: no policy internals."""
    cure: str = ""
    """`approval:<role>`, or the next step for a person."""


class Opinion(msgspec.Struct, frozen=True, gc=False):
    """What one stage or rule thinks of an action."""

    verdict: Verdict
    reason: Reason


class Doubt(msgspec.Struct, frozen=True, gc=False):
    """A value that nobody entitled has chosen."""

    argument: str
    value: Any
    """Exactly the value; what an approval endorses for the session."""
    seen: str = ""
    """Where it first appeared: tool, step and a short excerpt; empty when nothing kept shows it."""

    def __str__(self) -> str:
        value = str(self.value)
        shown = value if len(value) <= SHOWN_MAX else f"{value[:SHOWN_MAX]}… ({len(value)} characters)"
        return f"{self.argument}={shown}" + (f" ({self.seen})" if self.seen else "")


class Would(msgspec.Struct, frozen=True, gc=False):
    """What a rule that does not count yet would have done."""

    rule: str
    verdict: Verdict
    message: str
    level: str
    """The rule's level, as it is written."""


class Decision(msgspec.Struct, frozen=True, gc=False):
    """What was decided about one action, with everything needed to argue about it."""

    action: str
    verdict: Verdict
    stage: str
    """The stage that settled it; `allow` when none objected."""
    reasons: tuple[Reason, ...]
    arguments: dict[str, Any]
    """What runs: the canonical arguments, after every obligation was met."""
    digest: str
    bundle: str
    """Hash of the policy bundle that judged."""
    obligations: tuple[str, ...] = ()
    """What was or must be done for the verdict to hold, e.g. `clamp:amount:50`."""
    labels: tuple[str, ...] = ()
    """The session's labels when it was judged."""
    brings: tuple[str, ...] = ()
    """Labels that the result brings into the session; `()` for a tool means that its result is trusted."""
    unendorsed: tuple[str, ...] = ()
    """`argument=value` of critical arguments that nobody entitled has chosen."""
    doubts: tuple[Doubt, ...] = ()
    """The same, exactly, with where each value first appeared."""
    endorses: tuple[str, ...] = ()
    """Fields of the result whose whole values may be chosen afterwards, because the question was endorsed."""
    hold_micro_usd: int = 0
    took_ns: int = 0
    timings_ns: tuple[tuple[str, int], ...] = ()
    """Nanoseconds each stage took, in order."""
    errors: tuple[str, ...] = ()
    """Policies or stages that failed while judging; each counted as a deny."""
    would: tuple[Would, ...] = ()
    """What rules that do not count yet would have done."""
    enforced: bool = True
    """False in shadow mode: recorded, not acted on."""

    @property
    def roles(self) -> tuple[str, ...]:
        """Who must approve, when the verdict is `ask`."""
        cures = (reason.cure for reason in self.reasons if reason.cure.startswith("approval:"))
        return tuple(dict.fromkeys(cure.removeprefix("approval:") for cure in cures))

    @property
    def message(self) -> str:
        """The first reason, as the model may read it."""
        return self.reasons[0].message if self.reasons else "allowed"


def stricter(a: Verdict, b: Verdict) -> Verdict:
    """The stricter of two verdicts."""
    return a if a is b or _RANK[a] > _RANK[b] else b


def combine(opinions: Iterable[Opinion], *, silence: Verdict) -> tuple[Verdict, tuple[Reason, ...]]:
    """Fold opinions into one verdict with the reasons of those who hold it: the strictest wins, in any order.

    Args:
        opinions: one per rule that spoke.
        silence: the verdict when none did.
    """
    spoken = sorted(opinions, key=lambda opinion: opinion.reason.rule)
    if len(spoken) == 1:
        return spoken[0].verdict, (spoken[0].reason,)
    verdict = strictest(spoken, silence=silence)
    return verdict, tuple([one.reason for one in spoken if one.verdict is verdict])


def strictest(opinions: Iterable[Opinion], *, silence: Verdict) -> Verdict:
    """The strictest verdict among opinions, or that of silence."""
    verdicts = [one.verdict for one in opinions]
    # Ranking a verdict hashes it in Python; most often there is one opinion, or none.
    return max(verdicts, key=_RANK.__getitem__) if len(verdicts) > 1 else verdicts[0] if verdicts else silence
