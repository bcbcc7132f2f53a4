"""Which tools a request offers: in its field, in namespaces, and in the course of its conversation.

Coding agents put tools among what was said, so that the words before them stay as they were and are cached.
They count like those in the field: what is offered there is called like anything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from holdfast.errors import Invalid
from holdfast.record.models.hosting import SHELL, is_hosted, plugin_kinds, shell_kind, word_of
from holdfast.record.models.offering import ADDITION, DEFINITION, LISTED, NAMESPACE
from holdfast_server.action.llm.exchange.repeating import find_any_repeated

TWICE: Final = "the body says {} twice"
NOTHING: Final = msgspec.Raw()


class Offered(NamedTuple):
    """What is offered."""

    tools: tuple[str, ...] = ()
    """Names of the tools that the client runs."""
    hosted: tuple[str, ...] = ()
    """Words for those that the provider runs."""


class Named(msgspec.Struct, gc=False):
    """Anything that has a name."""

    name: str = ""


class Tool(msgspec.Struct, gc=False):
    """One that is offered, or a namespace of several."""

    type: str | None = None
    name: str | None = None
    function: Named | None = None
    environment: Any = None
    tools: msgspec.Raw = NOTHING

    @property
    def kind(self) -> str:
        """Which of the provider's own tools it is."""
        return shell_kind(self.environment) if self.type == SHELL else self.type or ""

    @property
    def called(self) -> str:
        """Its name."""
        return self.name or (self.function.name if self.function is not None else "") or self.type or ""


class Item(msgspec.Struct, gc=False):
    """One of the things said in Responses."""

    type: str | None = None
    tools: msgspec.Raw = NOTHING


class Block(msgspec.Struct, gc=False):
    """A part of a message in Messages."""

    type: str | None = None
    tool: msgspec.Raw = NOTHING


class Turn(msgspec.Struct, gc=False):
    """A message in Messages."""

    content: str | list[Block] | None = None


class _Change(msgspec.Struct, gc=False):
    type: str | None = None
    definition: msgspec.Raw = NOTHING


class _Input(msgspec.Struct, gc=False):
    input: list[msgspec.Raw] = []


class _Said(msgspec.Struct, gc=False):
    content: msgspec.Raw = NOTHING


class _Turns(msgspec.Struct, gc=False):
    messages: list[_Said] = []


def split(tools: Sequence[Tool] | None, plugins: Any) -> Offered:
    """Names of those that the client runs, and words for those that the provider runs."""
    if not tools and not plugins:
        return _nothing
    tools = _unfold(tools or ())
    kinds = [one.kind for one in tools if is_hosted(one.kind)] + plugin_kinds(plugins)
    if not kinds:
        return Offered(tuple([one.called for one in tools]))
    hosted = dict.fromkeys(map(word_of, kinds))
    return Offered(tuple([one.called for one in tools if not is_hosted(one.kind)]), tuple(hosted))


def added_to_input(items: Sequence[Item], body: bytes) -> list[Tool]:
    """Those that items of Responses offer.

    Raises:
        Invalid: an item says one thing twice.
    """
    if not any(one.tools for one in items):
        return []
    for one, raw in zip(items, _decode_input(body).input, strict=True):
        if one.tools:
            _check_once(raw)
    return [tool for one in items if one.tools and one.type != LISTED for tool in _decode_tools(one.tools)]


def added_to_turns(turns: Sequence[Turn], body: bytes) -> list[Tool]:
    """Those that are defined in messages of Messages.

    Raises:
        Invalid: what defines one says one thing twice.
    """
    contents = [turn.content for turn in turns if isinstance(turn.content, list)]
    blocks = [one for content in contents for one in content if one.tool]
    if not blocks:
        return []
    for said in _decode_turns(body).messages:
        if bytes(said.content).startswith(b"["):
            _check_blocks(said.content)
    changes = [_decode_change(one.tool) for one in blocks if one.type == ADDITION]
    return [_decode_tool(one.definition) for one in changes if one.type == DEFINITION and one.definition]


def _check_blocks(content: msgspec.Raw) -> None:
    for raw, block in zip(_decode_raws(content), _decode_blocks(content), strict=True):
        if block.tool:
            _check_once(raw)
            _check_once(block.tool)


def _check_once(raw: msgspec.Raw) -> None:
    name = find_any_repeated(bytes(raw))
    if name is not None:
        raise Invalid(TWICE.format(name))


def _unfold(tools: Sequence[Tool]) -> Sequence[Tool]:
    """The same with each namespace replaced by what stands in it."""
    return list(_inner(tools)) if any(one.tools for one in tools) else tools


def _inner(tools: Iterable[Tool]) -> Iterable[Tool]:
    for one in tools:
        if one.type == NAMESPACE and one.tools:
            yield from _decode_tools(one.tools)
        else:
            yield one


_nothing: Final = Offered()
_decode_tool = msgspec.json.Decoder(Tool).decode
_decode_tools = msgspec.json.Decoder(list[Tool]).decode
_decode_change = msgspec.json.Decoder(_Change).decode
_decode_input = msgspec.json.Decoder(_Input).decode
_decode_turns = msgspec.json.Decoder(_Turns).decode
_decode_raws = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_blocks = msgspec.json.Decoder(list[Block]).decode
