"""A request without some of the tools that it offers."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final, cast

from holdfast.record.models.dialect import Dialect
from holdfast.record.models.hosting import PLUGINS, word_of
from holdfast.record.models.parts import Json

CHOICES: Final = ("tool_choice", "function_call", "parallel_tool_calls", "toolConfig", "tool_config")
"""What a request says about the tools it offers; without them it would be refused."""
FIELDS: Final = frozenset(
    {"tools", "functions", "mcp_servers", "web_search_options", "prompt", PLUGINS, *CHOICES}
)
"""Everything of a request that speaks of tools."""


def strip_tools(dialect: Dialect, body: Json, *, tools: Collection[str], hosted: Collection[str]) -> Json:
    """The same request without these tools, and without a choice of one of them.

    Args:
        dialect: of the request.
        body: all of it, or its `FIELDS` and the one of the conversation in which tools may be offered.
        tools: names of tools that the client runs.
        hosted: words for tools that the provider runs.
    """
    gone = {dialect.tool_name(one) for one in dialect.tools_of(body) if _goes(dialect, one, tools, hosted)}
    left = dialect.without_tools(body, gone)
    empty = not dialect.tools_of(left)
    return {
        name: one
        for name, one in left.items()
        if name not in CHOICES or not (empty or any(text in gone for text in _texts(one)))
    }


def _goes(dialect: Dialect, tool: Json, tools: Collection[str], hosted: Collection[str]) -> bool:
    if dialect.is_hosted(tool):
        return word_of(dialect.kind_of(tool)) in hosted
    return dialect.tool_name(tool) in tools


def _texts(value: Any) -> Iterator[str]:
    """Every text in a choice, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        inner = cast("Json", value).values() if isinstance(value, dict) else cast("list[Any]", value)
        for one in inner:
            yield from _texts(one)
