"""A contract that asks for what cannot be done is refused when it is loaded."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.action import Compensation, Contract, Effect, PostCondition, Retries
from holdfast.action.contracts import check

SHOW = Contract(
    "show",
    effect=Effect.READ,
    parameters={"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
    output={"type": "object", "properties": {"amount": {"type": "integer"}}},
)
UNDO = Contract(
    "undo",
    effect=Effect.WRITE,
    parameters={
        "type": "object",
        "properties": {"id": {"type": "string"}, "lines": {"type": "array"}},
        "required": ["id"],
    },
)
KNOWN = {"show": SHOW, "undo": UNDO}


def pay(**fields: Any) -> Contract:
    return Contract(
        "pay",
        effect=Effect.SPEND,
        parameters={
            "type": "object",
            "properties": {
                "order": {"type": "string"},
                "amount": {"type": "integer"},
                "to": {"type": "object", "properties": {"iban": {"type": "string"}}},
            },
        },
        output={"type": "object", "properties": {"id": {"type": "string"}, "n": {"type": "integer"}}},
        **fields,
    )


def probe(**fields: Any) -> dict[str, Any]:
    told = {"tool": "show", "arguments": {"id": "$result.id"}, "expect": {"amount": 5}, **fields}
    return {"postconditions": (PostCondition(**told),)}


def undo(**arguments: Any) -> dict[str, Any]:
    return {"compensation": Compensation("undo", arguments)}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"critical": ("order", "to.iban")},
        probe(),
        probe(expect={"amount": "$arguments.amount"}),
        probe(tool="not met yet"),
        undo(id="$result.id"),
        undo(id="$$literal", lines=["$arguments.order"]),
    ],
)
def test_what_can_be_kept_is_fine(fields: dict[str, Any]) -> None:
    assert list(check(pay(**fields), KNOWN.get)) == []


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ({"critical": ("ordr",)}, "critical.0", "no argument ordr"),
        ({"critical": ("to.bic",)}, "critical.0", "no argument to.bic"),
        ({"idempotency_key": ("key",)}, "idempotency_key.0", "no argument key"),
        ({"retries": Retries()}, "retries", "neither a read nor idempotent"),
        (probe(tool="undo"), "postconditions.0.tool", "does not only read"),
        (probe(probe="f"), "postconditions.0", "one of both"),
        (probe(tool=""), "postconditions.0", "one of both"),
        (probe(expect={}), "postconditions.0", "nothing is expected"),
        (probe(fails_with=("KeyError",)), "postconditions.0.fails_with", "must fail"),
        (probe(expect={"amont": 5}), "postconditions.0.expect.amont", "no amont"),
        (probe(arguments={"id": "$arguments.ordr"}), "postconditions.0.arguments.id", "leads nowhere"),
        (probe(arguments={}), "postconditions.0.arguments", "needs the argument id"),
        (probe(arguments={"id": "a", "x": 1}), "postconditions.0.arguments.x", "no argument x"),
        (undo(), "compensation.arguments", "needs the argument id"),
        (undo(id="$result.idd"), "compensation.arguments.id", "leads nowhere"),
        (undo(id="$result.n"), "compensation.arguments.id", "cannot take"),
        (undo(id=7), "compensation.arguments.id", "cannot take"),
        (undo(id="$outcome.id"), "compensation.arguments", "is no reference"),
        (undo(id="$arguments..x"), "compensation.arguments", "is no reference"),
    ],
)
def test_what_cannot_be_kept_is_named_where_it_stands(
    fields: dict[str, Any], path: str, message: str
) -> None:
    found = list(check(pay(**fields), KNOWN.get))
    assert [".".join(one.path) for one in found] == [path]
    assert message in found[0].message


def test_a_read_has_nothing_to_take_back() -> None:
    contract = Contract("look", effect=Effect.READ, compensation=Compensation("undo", {"id": "x"}))
    assert "nothing" in next(check(contract, KNOWN.get)).message


def test_a_result_nobody_described_cannot_be_referred_to() -> None:
    contract = Contract("pay", effect=Effect.SPEND, compensation=Compensation("undo", {"id": "$result.id"}))
    assert "does not say what it returns" in next(check(contract, KNOWN.get)).message


def test_while_no_argument_is_known_none_is_wrong() -> None:
    assert list(check(Contract("pay", critical=("order",)), KNOWN.get)) == []
