"""Tools that a provider runs itself, where nobody else sees their calls: one word for each kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CLIENT_RUN: Final = (
    "function",
    "custom",
    "bash_",
    "text_editor_",
    "computer",
    "memory_",
    "local_shell",
    "shell",
    "apply_patch",
)
"""How the kinds of tools begin that the client runs, also where a provider defines them."""
WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "web_search": ("web_search", "googleSearch", "enterpriseWebSearch"),
    "web_fetch": ("web_fetch", "urlContext"),
    "code_execution": ("code_execution", "code_interpreter", "codeExecution"),
    "file_search": ("file_search", "fileSearch", "retrieval"),
    "image_generation": ("image_generation",),
    "maps": ("googleMaps",),
    "mcp": ("mcp",),
}
"""What policies call them, and how the kinds begin that providers call so."""


def is_hosted(kind: str) -> bool:
    """Whether the provider runs tools of this kind; one that nobody has heard of, it does."""
    return bool(kind) and not kind.startswith(CLIENT_RUN)


def word_of(kind: str) -> str:
    """What policies call a kind: `web_search` for `web_search_20250305`; one without a word is its own."""
    return next((word for word, begins in WORDS.items() if kind.startswith(begins)), kind)
