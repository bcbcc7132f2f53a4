"""Tools that a provider runs itself, where nobody else sees their calls: one word for each kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from holdfast.record.models.parts import listing, mapping, string

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
    "web_fetch": ("web_fetch", "urlContext", "plugin:web-fetch"),
    "web_search": ("web_search", "googleSearch", "enterpriseWebSearch", "plugin:web"),
    "code_execution": (
        "code_execution",
        "code_interpreter",
        "codeExecution",
        "container_shell",
        "shell",
        "bash",
    ),
    "file_search": ("file_search", "fileSearch", "retrieval"),
    "image_generation": ("image_generation",),
    "maps": ("googleMaps",),
    "mcp": ("mcp",),
    "tool_search": ("tool_search",),
}
"""What policies call them, and how the kinds begin that providers call so."""


SHELL: Final = "shell"
LOCAL: Final = frozenset({"", "local"})
PLUGINS: Final = "plugins"
ROUTER: Final = "openrouter:"
"""How the kinds begin that a router between runs, whatever the client could run itself."""


def shell_kind(environment: Any) -> str:
    """The kind of a shell: the client runs it, unless it says that it is somewhere else."""
    return SHELL if string(mapping(environment).get("type")) in LOCAL else f"container_{SHELL}"


def plugin_kinds(plugins: Any) -> list[str]:
    """The kinds of the plugins that a request switches on."""
    return [kind for one in listing(plugins) if (kind := plugin_kind(one))]


def plugin_kind(plugin: Any) -> str:
    """The kind of one plugin; empty when it is switched off."""
    said = mapping(plugin)
    return "" if said.get("enabled") is False else f"plugin:{string(said.get('id'))}"


def is_hosted(kind: str) -> bool:
    """Whether the provider runs tools of this kind; one that nobody has heard of, it does."""
    return bool(kind) and not kind.startswith(CLIENT_RUN)


def word_of(kind: str) -> str:
    """What policies call a kind: `web_search` for `web_search_20250305`; one without a word is its own."""
    kind = kind.removeprefix(ROUTER)
    return next((word for word, begins in WORDS.items() if kind.startswith(begins)), kind)
