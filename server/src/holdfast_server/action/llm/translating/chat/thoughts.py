"""Sealed thoughts and calls in Chat Completions, which has no place of its own for them.

They travel where OpenRouter (`reasoning_details`) and Google (`extra_content`) put them: clients that send an
answer back as it came send them back as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from holdfast_server.action.llm.translating.fields import Fields
from holdfast_server.action.llm.translating.form import Thought

FORMATS: Final = {
    "messages": "anthropic-claude-v1",
    "responses": "openai-responses-v1",
    "gemini": "google-gemini-v1",
}
_MAKERS: Final = {name: maker for maker, name in FORMATS.items()}


def read_thoughts(said: Fields) -> Iterator[Thought]:
    """The thoughts of an earlier answer that somebody sealed."""
    for one in said.items("reasoning_details"):
        maker = _MAKERS.get(one.text("format"), "")
        if one.text("type") == "reasoning.encrypted":
            yield Thought("", one.text("data"), maker, hidden=True)
        elif seal := one.text("signature"):
            yield Thought(one.text("text"), seal, maker)


def detail_of(thought: Thought) -> dict[str, Any]:
    """A sealed thought."""
    made = {"format": FORMATS.get(thought.maker, "unknown"), "index": 0}
    if thought.hidden:
        return {"type": "reasoning.encrypted", "data": thought.seal, **made}
    return {"type": "reasoning.text", "text": thought.text, "signature": thought.seal, **made}


def seal_of(call: Fields) -> str:
    """The seal of a call that Gemini made."""
    return call.inner("extra_content").inner("google").text("thought_signature")


def extra_of(seal: str) -> dict[str, Any]:
    """What a call carries for it."""
    return {"extra_content": {"google": {"thought_signature": seal}}} if seal else {}
