"""One recorded step, as `holdfast detect` reads it: what was called, and what came of it."""

from __future__ import annotations

import hashlib
from typing import Any, Final, Literal, cast

import msgspec

KindOfStep = Literal["call", "message", "person", "compaction"]
SAYING: Final = frozenset({"", "message", "say", "speak", "respond", "answer", "thought"})
COMPACTING: Final = frozenset({"condense", "condensation", "compact", "compaction", "compress_context"})
PEOPLE: Final = frozenset({"user", "human", "person", "customer"})
_encode = msgspec.json.Encoder(order="sorted").encode


class RecordedStep(msgspec.Struct, frozen=True):
    """A line of `steps.jsonl`; fields that are not named here are passed over."""

    run: str | int
    step: str | int | None = None
    """The step's name or number in its source; its place in the run when nothing is said."""
    agent: str | None = ""
    tool: str | None = ""
    args: Any = None
    result: Any = None
    error: Any = None
    kind: KindOfStep | None = None
    """Read off the tool and the agent when it is not given."""
    tokens_in: int = 0
    """How much context the call took, when it called a model."""

    @property
    def sort(self) -> KindOfStep:
        """What kind of step it is."""
        if self.kind is not None:
            return self.kind
        tool = (self.tool or "").casefold()
        if tool in COMPACTING:
            return "compaction"
        if tool in SAYING:
            return "person" if (self.agent or "").casefold() in PEOPLE else "message"
        return "call"

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments by name; a bare value stands under no name."""
        if isinstance(self.args, dict):
            return cast("dict[str, Any]", self.args)
        return {} if self.args is None else {"": self.args}

    @property
    def digest(self) -> str:
        """The same for the same call."""
        return digest_of(self.tool or "", self.args)

    @property
    def failure(self) -> str:
        """What went wrong; empty when nothing did."""
        return "" if self.error in (None, "", False) else text_of(self.error)

    @property
    def said(self) -> str:
        """What was said, of a message."""
        return next((text_of(one) for one in (self.args, self.result) if one not in (None, "", {})), "")

    @property
    def answered(self) -> bool:
        """Whether the world answered a message."""
        return all(one not in (None, "", {}) for one in (self.args, self.result))


def text_of(value: Any) -> str:
    """A value as text: strings as they are, nothing as nothing, data as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else _encode(value).decode()


def digest_of(*values: Any) -> str:
    """The same for the same values."""
    return hashlib.blake2b(_encode(values), digest_size=16).hexdigest()
