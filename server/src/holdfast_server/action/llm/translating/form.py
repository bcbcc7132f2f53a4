"""The one form that every API is translated through: a request, an answer, and an answer in pieces.

It holds what at least two APIs can say. What only one of them can say does not get in here: reading it is an
error that names the field, or it stands in `losses` with the reason why it may be left out.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from holdfast.record.usage import Usage

Api: TypeAlias = Literal["chat", "responses", "messages", "gemini"]
Stop: TypeAlias = Literal["end", "length", "calls", "filter", "sequence"]
"""Why a model stopped: it was done, had no room left, calls tools, was filtered, met a stop sequence."""
Role: TypeAlias = Literal["system", "user", "assistant"]
Effort: TypeAlias = Literal["none", "minimal", "low", "medium", "high", "xhigh"]


class Text(msgspec.Struct, frozen=True, tag=True):
    """What is said."""

    text: str


class Image(msgspec.Struct, frozen=True, tag=True):
    """A picture: its data, or where it is."""

    media: str = ""
    """Its media type; needed with `data`."""
    data: str = ""
    """Base64."""
    url: str = ""
    detail: str = ""
    """How closely to look: `low`, `high`, `auto`."""


class File(msgspec.Struct, frozen=True, tag=True):
    """A document: its data, or where it is."""

    media: str = ""
    data: str = ""
    url: str = ""
    name: str = ""


class Thought(msgspec.Struct, frozen=True, tag=True):
    """What a model thought, sealed by who wants it back unchanged."""

    text: str
    seal: str = ""
    maker: str = ""
    """The API whose seal it is; no other can open it."""
    hidden: bool = False
    """Whether the seal holds the whole thought."""


class Call(msgspec.Struct, frozen=True, tag=True):
    """A tool is called."""

    id: str
    name: str
    arguments: str
    """JSON text, as the model wrote it."""
    seal: str = ""


class Result(msgspec.Struct, frozen=True, tag=True):
    """What a tool answered."""

    id: str
    parts: tuple[Text | Image, ...]
    failed: bool = False


Part: TypeAlias = Text | Image | File | Thought | Call | Result


class Message(msgspec.Struct, frozen=True):
    """One turn. Results stand in turns of the user."""

    role: Role
    parts: tuple[Part, ...]


class Tool(msgspec.Struct, frozen=True):
    """A function that is offered."""

    name: str
    description: str = ""
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class Choice(msgspec.Struct, frozen=True):
    """Which tools are to be called."""

    mode: Literal["auto", "none", "any", "named"] = "auto"
    name: str = ""


class Format(msgspec.Struct, frozen=True):
    """Which JSON the answer is to be: of a schema, or any object without one."""

    schema: dict[str, Any] | None = None
    name: str = "answer"
    strict: bool | None = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked; None and empty for what is left to the provider."""

    model: str
    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    choice: Choice | None = None
    parallel: bool | None = None
    """Whether several tools may be called at once."""
    limit: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    presence: float | None = None
    frequency: float | None = None
    stop: tuple[str, ...] = ()
    effort: Effort | None = None
    budget: int | None = None
    """Tokens to think with, where they are counted."""
    format: Format | None = None
    streamed: bool = False
    counted: bool = True
    """Whether a stream is to report its usage."""
    user: str = ""
    """Whom it is for, as an opaque id."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What is answered."""

    id: str
    model: str
    parts: tuple[Text | Thought | Call, ...]
    stop: Stop
    usage: Usage = Usage()
    sequence: str = ""
    """The stop sequence that came."""
    created: int = 0
    """Seconds since the epoch; 0 where the API does not say."""


class Began(msgspec.Struct, frozen=True):
    """The first piece of an answer."""

    id: str
    model: str
    created: int = 0
    usage: Usage = Usage()
    """What is counted by then."""


class Said(msgspec.Struct, frozen=True):
    """A piece of text."""

    text: str


class Thinking(msgspec.Struct, frozen=True):
    """A piece of a thought, or the seal at its end."""

    text: str = ""
    seal: str = ""
    maker: str = ""
    hidden: bool = False


class Called(msgspec.Struct, frozen=True):
    """A call begins; pieces of its arguments follow until it is closed."""

    id: str
    name: str
    seal: str = ""


class Argued(msgspec.Struct, frozen=True):
    """A piece of a call's arguments."""

    text: str


class Closed(msgspec.Struct, frozen=True):
    """The part that was being said is whole."""


class Counted(msgspec.Struct, frozen=True):
    """What is used by now; the last one counts."""

    usage: Usage


class Ended(msgspec.Struct, frozen=True):
    """The answer is whole; nothing follows."""

    stop: Stop
    sequence: str = ""


class Failed(msgspec.Struct, frozen=True):
    """The answer will never be whole; nothing follows."""

    message: str
    code: str = "upstream_error"
    status: int = 502


Event: TypeAlias = Began | Said | Thinking | Called | Argued | Closed | Counted | Ended | Failed
