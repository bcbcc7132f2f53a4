"""The APIs of models that are understood, and by which paths they are known."""

from __future__ import annotations

from typing import Final

from holdfast.record.models.anthropic import Messages
from holdfast.record.models.dialect import Dialect
from holdfast.record.models.openai import Chat, Responses

DIALECTS: Final = (Chat(), Responses(), Messages())
HOSTS: Final = {
    "api.openai.com": "openai",
    "api.anthropic.com": "anthropic",
    "api.mistral.ai": "mistral",
    "api.groq.com": "groq",
    "api.deepseek.com": "deepseek",
    "api.x.ai": "xai",
    "openrouter.ai": "openrouter",
    "api.together.xyz": "together",
    "generativelanguage.googleapis.com": "google",
}
"""Whose endpoint a host is; any other is named after the dialect it speaks."""


def find_dialect(method: str, path: str) -> Dialect | None:
    """The dialect of a request, by its path alone; None for all other traffic."""
    if method != "POST":
        return None
    path = path.rstrip("/")
    return next((one for one in DIALECTS if path.endswith(one.paths)), None)
