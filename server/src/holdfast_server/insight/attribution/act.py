"""An act: one thing that was said or done in a run, in the words that evidence is looked for in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

ActKind = Literal["person", "say", "call", "delegate"]


class Act(msgspec.Struct, frozen=True):
    """One act of a run; a call holds what was asked and what came back."""

    step: str
    kind: ActKind
    agent: str = ""
    target: str = ""
    """The tool or the agent that was asked."""
    effect: str = ""
    """What kind of effect it has; empty where nobody says."""
    asked: str = ""
    """The arguments, as text."""
    text: str = ""
    """What was said."""
    result: str = ""
    error: str = ""
    """Not empty when it failed."""
    refused: str = ""
    """The rule that refused it, or the message of that; empty when nothing did."""
    observed: str = ""
    """`contradicted` or `unknown` where the world did not show what a contract asks for."""
    at_ns: int = 0

    @property
    def signature(self) -> tuple[str, str, str]:
        """Equal for calls that ask the same of the same."""
        return self.agent, self.target, " ".join(self.asked.split()).casefold()


Acts = Sequence[Act]
