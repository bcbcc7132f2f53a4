"""Which tools a model is offered: its client's by name, its provider's by kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, cast

from holdfast.action import Contract


def offered_tools(arguments: Mapping[str, Any], contract: Contract) -> frozenset[str]:
    """Names of the tools that the client runs itself."""
    del contract
    return _names(arguments.get("tools"))


def hosted_tools(arguments: Mapping[str, Any], contract: Contract) -> frozenset[str]:
    """Tools that the provider runs, one word a kind whatever the provider calls it: `web_search`, `mcp`."""
    del contract
    return _names(arguments.get("hosted_tools"))


def is_one_of(words: Iterable[str]) -> Callable[[str], bool]:
    """The test whether a name is one of these, in which a `*` stands for anything."""
    exact = frozenset(words)
    patterns = tuple(word for word in exact if "*" in word)
    return lambda name: name in exact or any(fnmatchcase(name, one) for one in patterns)


def _names(value: Any) -> frozenset[str]:
    return frozenset(map(str, cast("list[Any]", value))) if isinstance(value, list) else frozenset()
