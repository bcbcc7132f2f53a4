"""The tools of an MCP server, from what it answers to `tools/list`.

What a server says of itself is a claim. A hint that asks for more care is taken; one that asks for less is
taken only when whoever imports it says so, and is named either way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from holdfast.action.action import Effect
from holdfast.action.contract import Contract, Origin
from holdfast.action.contracts.imported import (
    DESCRIPTION_MAX,
    TOOLS_MAX,
    Imported,
    Note,
    check_name,
    with_named,
)
from holdfast.action.contracts.schemas import check_bounds
from holdfast.errors import Misconfigured

HINTS: Final = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")


def read_mcp(document: Any, *, trust: bool = False) -> Imported:
    """Read the answer to `tools/list`: the JSON-RPC answer, its result, or the bare list of tools.

    Args:
        document: the decoded JSON.
        trust: take hints that loosen, too; the notes say which.

    Raises:
        Misconfigured: it is no list of tools, or a tool cannot be used.
    """
    listed = _listed(document)
    contracts: dict[str, Contract] = {}
    notes: list[Note] = []
    if isinstance(document, Mapping) and _result(cast("Mapping[str, Any]", document)).get("nextCursor"):
        notes.append(Note("", "The list goes on after this page; import the others, too."))
    for place, raw in enumerate(listed):
        if not isinstance(raw, Mapping):
            raise Misconfigured(f"tools[{place}] is not an object")
        tool = cast("Mapping[str, Any]", raw)
        name = check_name(tool.get("name"), contracts)
        contracts[name] = _contract(name, tool, trust=trust)
        notes += _notes(name, tool, trust=trust)
    return Imported(tuple(contracts.values()), tuple(notes))


def _result(document: Mapping[str, Any]) -> Mapping[str, Any]:
    result = document.get("result", document)
    return cast("Mapping[str, Any]", result) if isinstance(result, Mapping) else {}


def _listed(document: Any) -> list[Any]:
    listed = (
        _result(cast("Mapping[str, Any]", document)).get("tools")
        if isinstance(document, Mapping)
        else document
    )
    if not isinstance(listed, list):
        raise Misconfigured(
            "this is not an answer to tools/list", hint='Expected {"tools": [{"name": …, "inputSchema": …}]}.'
        )
    if len(cast("list[Any]", listed)) > TOOLS_MAX:
        raise Misconfigured(f"more than {TOOLS_MAX} tools")
    return cast("list[Any]", listed)


def _contract(name: str, tool: Mapping[str, Any], *, trust: bool) -> Contract:
    parameters = _schema(name, tool, "inputSchema") or {"type": "object", "properties": {}}
    hints = _hints(tool)
    contract = Contract(
        name,
        description=_description(tool),
        parameters=parameters,
        output=_schema(name, tool, "outputSchema"),
        effect=_effect(hints, trust=trust),
        idempotent=trust and hints.get("idempotentHint") is True,
        egress=not (trust and hints.get("openWorldHint") is False),
        origin=Origin.MCP,
    )
    return with_named(contract)


def _effect(hints: Mapping[str, bool], *, trust: bool) -> Effect:
    if hints.get("readOnlyHint") is True:
        # Read-only and destructive cannot both be true: the stricter claim counts.
        if hints.get("destructiveHint") is True:
            return Effect.DESTROY
        return Effect.READ if trust else Effect.EXECUTE
    if hints.get("destructiveHint") is True:
        return Effect.DESTROY
    return Effect.WRITE if trust and hints.get("destructiveHint") is False else Effect.EXECUTE


def _notes(name: str, tool: Mapping[str, Any], *, trust: bool) -> Iterator[Note]:
    hints = _hints(tool)
    claims = {
        "readOnlyHint": (True, "effect read"),
        "destructiveHint": (False, "effect write"),
        "idempotentHint": (True, "idempotent"),
        "openWorldHint": (False, "no egress"),
    }
    for hint, (loose, means) in claims.items():
        if hints.get(hint) is not loose or (hint == "destructiveHint" and hints.get("readOnlyHint")):
            continue
        if hint == "readOnlyHint" and hints.get("destructiveHint"):
            yield Note(name, "claims to be read-only and destructive at once; taken as destructive")
            continue
        taken = "taken on the server's word" if trust else "not taken: nobody here has checked it"
        yield Note(name, f"{hint}={str(loose).lower()} would mean {means}; {taken}")


def _hints(tool: Mapping[str, Any]) -> dict[str, bool]:
    said = tool.get("annotations")
    if not isinstance(said, Mapping):
        return {}
    annotations = cast("Mapping[str, Any]", said)
    return {hint: annotations[hint] for hint in HINTS if isinstance(annotations.get(hint), bool)}


def _description(tool: Mapping[str, Any]) -> str:
    """What a model reads of the tool, its title included: all of it is in the fingerprint."""
    title, told = tool.get("title"), tool.get("description")
    parts = [part for part in (title, told) if isinstance(part, str) and part]
    return "\n".join(parts)[:DESCRIPTION_MAX]


def _schema(name: str, tool: Mapping[str, Any], field: str) -> dict[str, Any]:
    said = tool.get(field)
    if said is None:
        return {}
    if not isinstance(said, dict):
        raise Misconfigured(f"{field} of {name} is not an object")
    schema = {word: inner for word, inner in cast("dict[str, Any]", said).items() if word != "$schema"}
    check_bounds(schema, tool=name)
    return schema
