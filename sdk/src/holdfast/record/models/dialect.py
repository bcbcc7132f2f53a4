"""What an API of models is to us: what was asked, what was answered, what it used.

Nothing here touches the network or changes a byte; a body that cannot be read is a model call of which little
is known, never an error.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from holdfast.record.models.hosting import (
    PLUGINS,
    SHELL,
    is_hosted,
    plugin_kind,
    plugin_kinds,
    shell_kind,
    word_of,
)
from holdfast.record.models.offering import keep, unfold
from holdfast.record.models.parts import Json, data, listing, mapping, string, tool_name
from holdfast.record.models.refusals import openai_error

_deployment = re.compile(r"/deployments/([^/?]+)/").search
MESSAGES_MAX: Final = 200
"""Messages of one request that are recorded, the latest ones."""


@dataclass(frozen=True)
class Asked:
    """What a request asks for."""

    model: str
    streamed: bool
    tokens_out_max: int | None
    messages: tuple[Json, ...]
    tools: tuple[str, ...]
    hosted: tuple[str, ...] = ()
    """Those of them that the provider itself runs."""


@dataclass
class Answered:
    """What came back, as far as it came."""

    model: str = ""
    id: str = ""
    """The provider's own id of it."""
    usage: Json = field(default_factory=dict[str, Any])
    text: list[str] = field(default_factory=list[str])
    reasoning: list[str] = field(default_factory=list[str])
    calls: dict[Any, Json] = field(default_factory=dict[Any, Json])
    finish: str = ""
    failed: str = ""
    """What went wrong in the middle of a stream, as the provider says it; nothing follows."""
    beside: int = 0
    """Characters of further answers to the same question; only their calls are read."""

    @property
    def messages(self) -> tuple[Json, ...]:
        """The answer in the form of the GenAI conventions."""
        parts: list[Json] = []
        if self.reasoning:
            parts.append({"type": "reasoning", "content": "".join(self.reasoning)})
        if self.text:
            parts.append({"type": "text", "content": "".join(self.text)})
        parts += [
            {
                "type": "tool_call",
                "id": one["id"],
                "name": one["name"],
                "arguments": data("".join(one["text"])),
            }
            for one in self.calls.values()
        ]
        return ({"role": "assistant", "parts": parts, "finish_reason": self.finish},) if parts else ()

    @property
    def length(self) -> int:
        """Characters received, for an estimate when the provider reports no usage."""
        called = sum(len(piece) for one in self.calls.values() for piece in one["text"])
        return sum(map(len, self.text)) + sum(map(len, self.reasoning)) + called + self.beside

    def call(self, key: Any, *, id: str = "", name: str = "", text: str = "") -> None:  # noqa: A002  # the wire's word
        """Add a piece of a tool call."""
        one = self.calls.setdefault(key, {"id": "", "name": "", "text": []})
        one["id"] = id or one["id"]
        one["name"] = name or one["name"]
        if text:
            one["text"].append(text)


def read_failure(event: Json, into: Answered) -> None:
    """Take down what went wrong, when an event of a stream says that; it may say other things as well."""
    error = event.get("error")
    if error or event.get("type") == "error":
        into.failed = string((mapping(error) or event).get("message")) or str(error)[:200]


class Dialect(ABC):
    """One API of models."""

    api: ClassVar[str]
    """What settings and policies call it."""
    provider: ClassVar[str]
    """Who speaks it when the host says nothing else."""
    paths: ClassVar[tuple[str, ...]]
    """How its paths end."""
    limits: ClassVar[tuple[str, ...]] = ()
    """Names of the field that limits the answer, the one in use today first."""
    said: ClassVar[tuple[str, ...]]
    """The fields of a request that hold the conversation."""
    offering: ClassVar[str] = ""
    """The one of them in which tools may be offered too."""

    def read_request(self, body: Json, path: str = "") -> Asked:
        """What a request asks for.

        Args:
            body: its JSON.
            path: where it goes; some APIs name the model there.
        """
        return Asked(
            model=self.model_of(body, path),
            streamed=self.is_streamed(body, path),
            tokens_out_max=self.limit_of(body),
            messages=tuple(self.read_messages(body)[-MESSAGES_MAX:]),
            tools=tuple(name for name in map(self.tool_name, self.tools_of(body)) if name),
            hosted=tuple(self.tool_name(tool) for tool in self.tools_of(body) if self.is_hosted(tool)),
        )

    def model_of(self, body: Json, path: str) -> str:
        """The model that is asked for; in Azure's addresses it is a deployment."""
        found = None if "model" in body else _deployment(path)
        return found[1] if found else str(body.get("model", ""))

    def with_model(self, body: Json, path: str, model: str) -> tuple[Json, str]:
        """The same request for another model: its body and its path."""
        if found := _deployment(path):
            path = f"{path[: found.start(1)]}{model}{path[found.end(1) :]}"
        return ({**body, "model": model} if "model" in body or found is None else body), path

    def is_streamed(self, body: Json, path: str) -> bool:  # noqa: ARG002 - others look there
        """Whether the answer is to come in pieces."""
        return body.get("stream") is True

    def limit_of(self, body: Json) -> int | None:
        """The most tokens that the answer may have, when the request says so."""
        return next((body[name] for name in self.limits if isinstance(body.get(name), int)), None)

    def with_limit(self, body: Json, tokens: int) -> Json:
        """The same request with this limit, put where it has one already."""
        name = next((one for one in self.limits if one in body), self.limits[0])
        return {**body, name: tokens}

    def tools_of(self, body: Json) -> list[Json]:
        """The tools that are offered, one by one."""
        plugins = plugin_kinds(body.get(PLUGINS)) if PLUGINS in body else ()
        return [*unfold(body.get("tools")), *({"type": kind} for kind in plugins)]

    def tool_name(self, tool: Json) -> str:
        """What an offered tool is called."""
        return tool_name(tool)

    def kind_of(self, tool: Json) -> str:
        """Which of the provider's own tools it is; empty or `function` for what the client defines."""
        kind = string(tool.get("type"))
        return shell_kind(tool.get("environment")) if kind == SHELL else kind

    def is_hosted(self, tool: Json) -> bool:
        """Whether the provider runs it, where nobody can judge its calls."""
        return is_hosted(self.kind_of(tool))

    def hosted_words(self, body: Json) -> tuple[str, ...]:
        """Those that the provider runs, as policies call them."""
        kinds = (self.kind_of(tool) for tool in self.tools_of(body) if self.is_hosted(tool))
        return tuple(dict.fromkeys(map(word_of, kinds)))

    def without_tools(self, body: Json, names: Collection[str]) -> Json:
        """The same request without the tools of these names; without the field when none is left."""
        offered: dict[str, list[Any]] = {
            "tools": keep(body.get("tools"), names, self.tool_name),
            PLUGINS: [one for one in listing(body.get(PLUGINS)) if plugin_kind(one) not in names],
        }
        rest = {name: one for name, one in body.items() if name not in offered}
        return rest | {name: kept for name, kept in offered.items() if kept}

    def counting(self, body: Json) -> Json | None:  # noqa: ARG002 - most report usage unasked
        """The same request, asking for the usage of its stream as well; None when that needs no asking."""
        return None

    def is_count(self, event: Json) -> bool:  # noqa: ARG002 - as above
        """Whether an event of a stream holds nothing but the usage that `counting` asked for."""
        return False

    @abstractmethod
    def read_messages(self, body: Json) -> list[Json]:
        """The conversation so far, in the form of the GenAI conventions."""

    @abstractmethod
    def read_answer(self, body: Json, into: Answered) -> None:
        """A whole answer."""

    @abstractmethod
    def read_event(self, event: Json, into: Answered) -> None:
        """One piece of a streamed answer."""

    def refusal(self, message: str, code: str, status: int = 403) -> Json:
        """An error of the shape that this API's clients understand."""
        return openai_error(message, code, status)
