"""What an MCP server says of its tools is a claim: care is taken at once, ease only when somebody says so."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.action import Effect, Origin
from holdfast.action.contracts import read_mcp
from holdfast.errors import Misconfigured


def listed(**tool: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "result": {"tools": [{"name": "t", "inputSchema": {}, **tool}]}}


@pytest.mark.parametrize(
    ("annotations", "cautious", "trusting"),
    [
        ({}, Effect.EXECUTE, Effect.EXECUTE),
        ({"readOnlyHint": True}, Effect.EXECUTE, Effect.READ),
        ({"readOnlyHint": False}, Effect.EXECUTE, Effect.EXECUTE),
        ({"destructiveHint": True}, Effect.DESTROY, Effect.DESTROY),
        ({"destructiveHint": False}, Effect.EXECUTE, Effect.WRITE),
        ({"readOnlyHint": True, "destructiveHint": True}, Effect.DESTROY, Effect.DESTROY),
        ({"readOnlyHint": "yes"}, Effect.EXECUTE, Effect.EXECUTE),
    ],
)
def test_hints_tighten_at_once_and_loosen_only_when_trusted(
    annotations: dict[str, Any], cautious: Effect, trusting: Effect
) -> None:
    document = listed(annotations=annotations)
    assert read_mcp(document).contracts[0].effect is cautious
    assert read_mcp(document, trust=True).contracts[0].effect is trusting


def test_every_hint_that_loosens_is_named_whether_taken_or_not() -> None:
    document = listed(annotations={"readOnlyHint": True, "idempotentHint": True, "openWorldHint": False})
    cautious, trusting = read_mcp(document), read_mcp(document, trust=True)
    assert [note.message.partition("=")[0] for note in cautious.notes] == [
        "readOnlyHint",
        "idempotentHint",
        "openWorldHint",
    ]
    assert all("not taken" in note.message for note in cautious.notes)
    assert all("taken on the server's word" in note.message for note in trusting.notes)
    assert (cautious.contracts[0].egress, cautious.contracts[0].idempotent) == (True, False)
    assert (trusting.contracts[0].egress, trusting.contracts[0].idempotent) == (False, True)


def test_schemas_words_and_origin_are_kept() -> None:
    schema = {"type": "object", "properties": {"to": {"type": "string"}, "htmlBody": {"type": "string"}}}
    told = {
        "title": "Send",
        "description": "Send a mail.",
        "inputSchema": schema,
        "outputSchema": {"type": "object"},
    }
    contract = read_mcp(listed(**told)).contracts[0]
    assert contract.parameters == schema
    assert contract.output == {"type": "object"}
    assert contract.description == "Send\nSend a mail."
    assert contract.origin is Origin.MCP
    assert (contract.critical, contract.payload) == (("to",), ("htmlBody",))


@pytest.mark.parametrize("document", [[], {"tools": []}, {"result": {"tools": []}}])
def test_every_form_of_the_answer_is_read(document: Any) -> None:
    assert read_mcp(document).contracts == ()


def test_a_list_that_goes_on_says_so() -> None:
    assert "goes on" in read_mcp({"tools": [], "nextCursor": "x"}).notes[0].message


def deep(n: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(n):
        schema = {"properties": {"a": schema}}
    return schema


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"tools": {}}, "not an answer to tools/list"),
        ("tools", "not an answer to tools/list"),
        ({"tools": ["t"]}, "tools\\[0\\] is not an object"),
        ({"tools": [{"name": "t"}, {"name": "t"}]}, "stands twice"),
        ({"tools": [{"name": "holdfast:start"}]}, "not a tool's name"),
        ({"tools": [{"name": "a b"}]}, "not a tool's name"),
        ({"tools": [{"name": ""}]}, "not a tool's name"),
        ({"tools": [{"name": 7}]}, "not a tool's name"),
        (listed(inputSchema="object"), "is not an object"),
        (listed(inputSchema=deep(100)), "nested deeper"),
        (listed(inputSchema={"enum": ["x" * 300_000]}), "bytes"),
        ({"tools": [{"name": f"t{n}"} for n in range(2_001)]}, "more than 2000"),
    ],
)
def test_what_is_no_list_of_tools_is_refused(document: Any, why: str) -> None:
    with pytest.raises(Misconfigured, match=why):
        read_mcp(document)
