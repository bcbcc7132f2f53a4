"""What a scripted provider says, and when: rules from conversations to replies.

The first rule whose `when` holds answers. The choice is a function of the request (the conversation *is* the
state), so parallel runs do not disturb each other; only `max_uses` and `probability` remember anything.
A scenario can be written in Python or read from JSON; unknown keys are errors in both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

TURNS_MAX: Final = 1_000_000

Words = str | tuple[str, ...]
"""One regular expression or several."""
Count = int | tuple[int, int]
"""An exact number or an inclusive range."""
Duration = float | tuple[float, float]
"""Milliseconds: a number or a range to draw from."""


class When(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must hold of a conversation, all of it. Text is searched by regular expression."""

    api: str | None = None
    """`chat`, `responses`, `messages` or `gemini`."""
    model: str | None = None
    system: str | None = None
    user: str | None = None
    """The last user message."""
    text: str | None = None
    """The whole conversation."""
    last_result: str | None = None
    """The last tool result."""
    offers: Words | None = None
    """Tools the request must offer (full match)."""
    not_offers: Words | None = None
    called: Words | None = None
    """Tools the conversation already called (full match)."""
    not_called: Words | None = None
    calls: Count | None = None
    """How many tool calls the conversation holds."""
    turn: Count | None = None
    """How many times the assistant spoke since the last user message."""
    stream: bool | None = None
    header: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    """Header names in lower case."""


class ToolCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tool call in a reply."""

    name: str
    """`~regex` picks the first offered tool that matches: frameworks mangle names."""
    arguments: dict[str, Any] | str = msgspec.field(default_factory=dict[str, Any])
    """An object, or raw text to send a malformed one."""
    id: str = ""
    fit: bool = False
    """Drop arguments that the offered tool's schema does not name."""


class Tokens(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the provider claims to have counted; None is derived from the length of the bytes."""

    input: int | None = None
    output: int | None = None
    cached: int = 0
    reasoning: int = 0


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An error instead of an answer."""

    status: int = 500
    type: str = ""
    message: str = ""
    code: str | None = None
    retry_after: float | None = None


class Reply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the model answers; what is None comes from the scenario's defaults."""

    text: str | None = None
    """May hold `{{last_result}}`, `{{user}}`, `{{model}}`, `{{calls}}` and `{{said}}` (how many messages)."""
    reasoning: str | None = None
    tool_calls: tuple[ToolCall, ...] | None = None
    usage: Tokens | None = None
    stop: str | None = None
    """A finish reason instead of the natural one."""
    latency_ms: Duration | None = None
    chunks: int | None = None
    """How many pieces a streamed text is cut into."""
    chunk_interval_ms: Duration | None = None
    pad_tokens: int | None = None
    """Make the text at least so many words long."""
    error: Fault | None = None
    hang_ms: Duration | None = None
    """Accept the request, say nothing for so long, then close."""
    drop_after_chunks: int | None = None
    """Cut the connection after so many streamed pieces; when not streaming, in the middle of the body."""

    def over(self, defaults: Reply) -> Reply:
        """This reply, with its gaps filled from the defaults; a reply that calls tools stays silent."""
        gaps = [name for name in self.__struct_fields__ if getattr(self, name) is None]
        if self.tool_calls and "text" in gaps:
            gaps.remove("text")
        return msgspec.structs.replace(self, **{name: getattr(defaults, name) for name in gaps})


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When this holds, say that."""

    reply: Reply = Reply()
    when: When = When()
    name: str = ""
    max_uses: int | None = None
    probability: float | None = None


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything a scripted provider will say."""

    rules: tuple[Rule, ...] = ()
    defaults: Reply = Reply()
    seed: int = 0
    stop_after: int | None = None
    """After so many requests the model only says `stopped`: no script runs for ever."""
    stopped: Reply = Reply(text="Stopped: the script has come to its end.")

    @classmethod
    def of(cls, said: Scenario | Mapping[str, Any] | Iterable[Rule] | None) -> Scenario:
        """A scenario from any form people write it in: itself, parsed JSON, or a list of rules."""
        match said:
            case None:
                return cls()
            case Scenario():
                return said
            case Mapping():
                return msgspec.convert(said, cls)
            case _:
                return cls(rules=tuple(said))


def say(text: str, **more: Any) -> Reply:
    """A reply of plain text; `more` are fields of `Reply`."""
    return Reply(text=text, **more)


def call(tool: str, /, **arguments: Any) -> Reply:
    """A reply that calls one tool."""
    return Reply(tool_calls=(ToolCall(tool, arguments),))


def turns(*replies: Reply, when: When | None = None) -> tuple[Rule, ...]:
    """Rules that give these replies in order, one per assistant turn since the last user message.

    The last one stands for every later turn.
    """
    under, last = when or When(), len(replies) - 1
    spans = [(turn, turn if turn < last else TURNS_MAX) for turn in range(len(replies))]
    return tuple(
        Rule(when=msgspec.structs.replace(under, turn=span), reply=reply)
        for span, reply in zip(spans, replies, strict=True)
    )
