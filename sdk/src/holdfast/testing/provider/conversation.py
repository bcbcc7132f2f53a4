"""A request of any dialect, reduced to what rules look at."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from holdfast.testing.provider.scenario import Count, When, Words

Json = dict[str, Any]
"""A JSON object as it came: dialects differ, and unknown fields are none of the provider's business."""

TEXT_KEYS: Final = ("text", "content", "output", "input_text", "thinking")
LIKE_TEXT: Final = ("model", "system", "user", "text", "last_result")


@dataclass
class Conversation:
    """What was said so far, whoever's wire format said it."""

    api: str
    body: Json
    headers: Mapping[str, str]
    model: str
    stream: bool
    offered: dict[str, Json] = field(default_factory=dict[str, Json])
    """Tool name to its parameters' schema, in the order offered."""
    called: list[str] = field(default_factory=list[str])
    texts: list[str] = field(default_factory=list[str])
    system: str = ""
    user: str = ""
    last_result: str = ""
    turn: int = 0
    """How many stretches the assistant spoke since the last user message."""
    _speaking: bool = False

    @property
    def text(self) -> str:
        """Everything said, by anybody."""
        return "\n".join(self.texts)

    def hear(self, role: str, text: str) -> None:
        """Take one message into account."""
        match role:
            case "system" | "developer":
                self.system += text + "\n"
            case "user":
                self.user, self.turn = text, 0
            case "tool":
                self.last_result = text
            case _ if self._speaking:
                pass
            case _:
                self.turn += 1
        self._speaking = role not in ("system", "developer", "user", "tool")
        self.texts.append(text)

    def fill(self, template: str) -> str:
        """The template with its `{{…}}` places filled."""
        if "{{" not in template:
            return template
        known = {
            "last_result": self.last_result,
            "user": self.user,
            "model": self.model,
            "calls": str(len(self.called)),
            "said": str(len(self.texts)),
        }
        return re.sub(r"\{\{(\w+)\}\}", lambda place: known.get(place[1], place[0]), template)

    def meets(self, when: When) -> bool:
        """Whether everything the condition names holds."""
        return (
            (when.api is None or when.api == self.api)
            and (when.stream is None or when.stream is self.stream)
            and all(_found(getattr(when, name), getattr(self, name)) for name in LIKE_TEXT)
            and _tools_meet(when, offered=list(self.offered), called=self.called)
            and _counted(when.calls, len(self.called))
            and _counted(when.turn, self.turn)
            and all(_found(want, self.headers.get(name, "")) for name, want in when.header.items())
        )


def plain_text(value: Any) -> str:
    """All human text inside a message's content, in any dialect."""
    match value:
        case str():
            return value
        case list():
            return "\n".join(filter(None, (plain_text(part) for part in value)))  # pyright: ignore[reportUnknownVariableType]  # JSON
        case {"functionResponse": {"response": answer}}:
            return json.dumps(answer)
        case dict():
            found = next((key for key in TEXT_KEYS if key in value), None)
            return plain_text(value[found]) if found else ""
        case _:
            return ""


def _found(pattern: str | None, text: str) -> bool:
    return pattern is None or re.search(pattern, text, re.DOTALL) is not None


def _counted(want: Count | None, count: int) -> bool:
    match want:
        case None:
            return True
        case (low, high):
            return low <= count <= high
        case exact:
            return count == exact


def _tools_meet(when: When, *, offered: list[str], called: list[str]) -> bool:
    return (
        all(_matches_any(word, offered) for word in _words(when.offers))
        and all(_matches_any(word, called) for word in _words(when.called))
        and not any(_matches_any(word, offered) for word in _words(when.not_offers))
        and not any(_matches_any(word, called) for word in _words(when.not_called))
    )


def _words(words: Words | None) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else words or ()


def _matches_any(pattern: str, names: list[str]) -> bool:
    return any(re.fullmatch(pattern, name) for name in names)
