"""Tools that are offered elsewhere than in their field: in namespaces, and while a conversation goes on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, Final

from holdfast.record.models.parts import Json, listing, mapping

NAMESPACE: Final = "namespace"
"""The kind of what only holds other tools."""
LISTED: Final = "mcp_list_tools"
"""An item that repeats what a server offers; nothing is offered by it."""
ADDITION: Final = "tool_addition"
CHANGES: Final = frozenset({ADDITION, "tool_removal"})
DEFINITION: Final = "tool_definition"
"""A block of a message that offers a tool, and what it says of one that was not declared before."""
PROMPT: Final = "stored_prompt"
"""The kind of whatever a prompt brings along that is kept at the provider."""


def unfold(tools: Any) -> Iterator[Json]:
    """Tools one by one; a namespace is what stands in it."""
    for tool in map(mapping, listing(tools)):
        inner = listing(tool.get("tools")) if tool.get("type") == NAMESPACE else []
        yield from map(mapping, inner) if inner else [tool]


def keep(tools: Any, names: Collection[str], name_of: Callable[[Json], str]) -> list[Any]:
    """A list of tools without those of these names; a namespace goes when nothing is left in it."""
    kept: list[Any] = []
    for tool in listing(tools):
        one = mapping(tool)
        inner = listing(one.get("tools")) if one.get("type") == NAMESPACE else []
        left = [each for each in inner if name_of(mapping(each)) not in names]
        if inner and left:
            kept.append(tool if len(left) == len(inner) else {**one, "tools": left})
        elif not inner and name_of(one) not in names:
            kept.append(tool)
    return kept


def in_items(items: Any) -> Iterator[Json]:
    """Tools that items of Responses offer."""
    for item in map(mapping, listing(items)):
        if item.get("type") != LISTED:
            yield from unfold(item.get("tools"))


def keep_in_items(items: Any, names: Collection[str], name_of: Callable[[Json], str]) -> Any:
    """The same items without these tools; what only offered them goes."""
    if not any(name_of(tool) in names for tool in in_items(items)):
        return items
    return [one for item in listing(items) for one in _item(item, names, name_of)]


def in_turns(turns: Any) -> Iterator[Json]:
    """Tools that are defined in messages of Messages."""
    for block in _blocks(turns):
        yield from _defined(block)


def keep_in_turns(turns: Any, names: Collection[str], name_of: Callable[[Json], str]) -> Any:
    """The same messages without a word about these tools; a message that said nothing else goes."""
    if not any(_speaks(block, names, name_of) for block in _blocks(turns)):
        return turns
    kept: list[Any] = []
    for turn in listing(turns):
        said = mapping(turn).get("content")
        left = [one for one in listing(said) if not _speaks(one, names, name_of)]
        if not isinstance(said, list):
            kept.append(turn)
        elif left:
            kept.append({**mapping(turn), "content": left})
    return kept


def _item(item: Any, names: Collection[str], name_of: Callable[[Json], str]) -> Iterable[Any]:
    one = mapping(item)
    if one.get("type") == LISTED or not listing(one.get("tools")):
        return [item]
    left = keep(one["tools"], names, name_of)
    # Without its output the search before it would be a call that nobody answered.
    return [{**one, "tools": left}] if left or "output" in str(one.get("type")) else []


def _blocks(turns: Any) -> Iterator[Any]:
    for turn in map(mapping, listing(turns)):
        yield from listing(turn.get("content"))


def _speaks(block: Any, names: Collection[str], name_of: Callable[[Json], str]) -> bool:
    one = mapping(block)
    named = mapping(one.get("tool")).get("name") if one.get("type") in CHANGES else None
    return named in names or any(name_of(tool) in names for tool in _defined(block))


def _defined(block: Any) -> list[Json]:
    tool = mapping(mapping(block).get("tool")) if mapping(block).get("type") == ADDITION else {}
    return [mapping(tool.get("definition"))] if tool.get("type") == DEFINITION else []
