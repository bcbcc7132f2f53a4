"""A request with one message worded otherwise, in each dialect."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final, cast

Json = dict[str, Any]
SYSTEM: Final = frozenset({"system", "developer"})


class Wording:
    """What the person and the instructions say from the fork on, in every request of one agent."""

    def __init__(self, *, message: str | None, system: str | None) -> None:
        self._new = {"user": message, "system": system}
        self._old: dict[str, str] = {}
        """What was said where, known from the first request that is changed."""

    def apply(self, content: bytes) -> bytes:
        """The body with what is worded otherwise; the same bytes when nothing is."""
        body: Json = json.loads(content)
        for role, wanted in self._new.items():
            if wanted is None:
                continue
            spoken = [one for one in _spoken(body) if one.role == role]
            if role not in self._old and spoken:
                self._old[role] = spoken[-1].text
            for one in spoken:
                if one.text == self._old[role]:
                    one.say(wanted)
        changed = json.dumps(body).encode()
        return content if json.loads(content) == body else changed


class _Spoken:
    """One place in a request where somebody says something."""

    def __init__(self, role: str, holder: Json, key: str) -> None:
        self.role, self._holder, self._key = role, holder, key

    @property
    def text(self) -> str:
        return _words(self._holder[self._key])

    def say(self, text: str) -> None:
        self._holder[self._key] = text


def _spoken(body: Json) -> list[_Spoken]:
    """Chat and Anthropic hold `messages`, responses `input`; two of them keep the instructions apart."""
    found = [_Spoken("system", body, key) for key in ("system", "instructions") if body.get(key)]
    listed = body.get("messages", body.get("input"))
    if isinstance(listed, str):
        found.append(_Spoken("user", body, "input"))
    elif isinstance(listed, list):
        for one in cast("list[Any]", listed):
            if isinstance(one, dict) and _is_said(cast("Json", one)):
                said = cast("Json", one)
                found.append(_Spoken(_role(said), said, "content"))
    return found


def _role(message: Json) -> str:
    role = str(message.get("role", ""))
    return "system" if role in SYSTEM else role


def _is_said(message: Json) -> bool:
    """Whether it is words, rather than the results of tools that Anthropic calls a person's message."""
    content = message.get("content")
    if isinstance(content, str):
        return True
    return isinstance(content, list) and not any(_kind(one) == "tool_result" for one in content)  # pyright: ignore[reportUnknownVariableType]  # JSON


def _kind(block: Any) -> str:
    return str(cast("Json", block).get("type", "")) if isinstance(block, dict) else ""


def _words(content: Any) -> str:
    if isinstance(content, str):
        return content
    blocks = cast("Iterable[Any]", content) if isinstance(content, list) else ()
    return "\n".join(str(cast("Json", one).get("text", "")) for one in blocks if isinstance(one, dict))
