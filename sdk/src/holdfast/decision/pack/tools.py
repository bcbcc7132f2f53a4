"""What a policy file says of tools: contracts of its own, and those that come with Holdfast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec

from holdfast.action import RESERVED_PREFIX, Contract, Origin
from holdfast.action.contracts import SHIPPED, TOLD, read_shipped
from holdfast.decision.cedar import did_you_mean
from holdfast.decision.limits import MICRO

if TYPE_CHECKING:
    from holdfast.decision.pack.document import Document, Path

TOOLS_MAX: Final = 5_000
USE: Final = "use"
"""The key whose list takes contracts in; a tool of this name is a mapping, so the two are told apart."""

Said = dict[str, Any]
"""What is said of one tool: fields of its contract."""


class Use(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"shipped": "from"}):
    """Contracts to take in, and under which names."""

    shipped: str
    prefix: Annotated[str, msgspec.Meta(max_length=64)] = ""
    """What a client puts before the names of this server's tools."""
    only: tuple[str, ...] = ()
    """The tools to take; all of them when empty."""


def read_tools(document: Document) -> Iterator[tuple[str, Said]]:
    """What the section `tools` says, tool by tool; what the file itself says is laid over what it uses.

    Raises:
        PolicySyntaxError: at file, line and column.
    """
    said = document.read(dict[str, Any], ("tools",))
    if len(said) > TOOLS_MAX:
        raise document.problem(f"more than {TOOLS_MAX} tools", ("tools",))
    taken: dict[str, Said] = {}
    if isinstance(said.get(USE), list):
        for place in range(len(said[USE])):
            taken |= _take(document, ("tools", USE, place))
    own = {tool: _one(document, tool) for tool in said if tool != USE or not isinstance(said[tool], list)}
    for tool in (*taken, *(tool for tool in own if tool not in taken)):
        yield tool, {**taken.get(tool, {}), **own.get(tool, {})}


def overlay(contract: Contract, said: Mapping[str, Any]) -> Contract:
    """The contract with what policy files say of the tool laid over it."""
    if not said:
        return contract
    shipped = said.get("origin") is Origin.SHIPPED
    if shipped and contract.parameters.get("properties"):
        # A server in another version than the one we described: its own schema is what can be called. What is
        # said of its arguments must fit them, and an argument that is gone is an error, not a gap.
        said = {word: value for word, value in said.items() if word not in TOLD}
    return msgspec.structs.replace(contract, **{"inferred": False, **said})


def shipped_contracts(name: str) -> dict[str, Contract]:
    """The contracts that come under this name, by tool.

    Raises:
        NotFound: none do.
    """
    from holdfast.decision.pack.document import read_document

    document = read_document(read_shipped(name), name=name)
    return {
        tool: overlay(Contract(tool), {**said, "origin": Origin.SHIPPED})
        for tool, said in read_tools(document)
    }


def _take(document: Document, path: Path) -> dict[str, Said]:
    from holdfast.decision.pack.document import read_document

    value = document.data["tools"][USE][path[-1]]
    use = Use(value) if isinstance(value, str) else document.read(Use, path)
    if use.shipped not in SHIPPED:
        hint = did_you_mean(use.shipped, SHIPPED) or "`holdfast tools list --shipped` lists them."
        raise document.problem(f"no contracts come under the name {use.shipped}", path, hint=hint)
    found = dict(read_tools(read_document(read_shipped(use.shipped), name=use.shipped)))
    for tool in use.only:
        if tool not in found:
            hint = did_you_mean(tool, found)
            raise document.problem(f"{use.shipped} has no tool {tool}", (*path, "only"), hint=hint)
    return {
        use.prefix + tool: {**said, "origin": Origin.SHIPPED}
        for tool, said in found.items()
        if not use.only or tool in use.only
    }


def _one(document: Document, tool: str) -> Said:
    path = ("tools", tool)
    if tool.startswith(RESERVED_PREFIX) or not tool:
        raise document.problem(f"a tool's name may not begin with {RESERVED_PREFIX}", path)
    given = document.read(dict[str, Any], path)
    if "tool" in given:
        raise document.problem("unknown key tool", (*path, "tool"), hint="The name is the key above.")
    given = dict(given)
    if "cost_usd" in given:
        given["cost_micro_usd"] = round(document.read(float, (*path, "cost_usd")) * MICRO)
        del given["cost_usd"]
    contract = _contract(document, tool, given)
    return {word: getattr(contract, word) for word in given}


def _contract(document: Document, tool: str, given: Said) -> Contract:
    path = ("tools", tool)
    known = [*(name for name in Contract.__struct_fields__ if name != "tool"), "cost_usd"]
    for word in given:
        if word not in known:
            raise document.problem(f"unknown key {word}", (*path, word), hint=did_you_mean(word, known))
    for word, value in given.items():
        try:
            msgspec.convert({"tool": tool, word: value}, Contract)
        except msgspec.ValidationError as error:
            raise document.misfit(str(error), Contract, path) from error
    return msgspec.convert({"tool": tool, **given}, Contract)
