"""What policies see of a call: only what they read, in types that cannot lie."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.action import Contract, Effect
from holdfast.decision.cedar import Type, parse, shape_of
from holdfast.decision.cedar.values import Decimal
from holdfast.decision.projection import context_shape, make_projection, references
from holdfast.decision.projectors import (
    amount,
    environment,
    recipient_domains,
    sql_verbs,
    url_hosts,
)
from holdfast.errors import Invalid

SPEND = Contract("pay", effect=Effect.SPEND, payload=("body",))
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "n": {"type": "integer"},
        "x": {"type": "number"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "who": {"$ref": "#/$defs/Who"},
        "maybe": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "level": {"enum": ["low", "high"]},
        "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        "free": {"type": "object"},
        "self": {"$ref": "#"},
    },
    "required": ["n", "maybe"],
    "$defs": {"Who": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}},
}


class Moment:
    action = session = approvals = None
    now_ns = 0

    def __init__(self, **arguments: Any) -> None:
        self.arguments = arguments


def project(condition: str, **arguments: Any) -> Any:
    contract = Contract("t", parameters=SCHEMA)
    policies = parse(f"forbid (principal, action, resource) when {{ {condition} }};", source="s")
    moment: Any = Moment(**arguments)
    return make_projection(policies, context_shape(contract), contract)(moment)


def test_the_shape_of_a_schema_leaves_out_what_cedar_cannot_hold() -> None:
    shape = shape_of(SCHEMA).attributes
    kinds = {name: attribute.shape.type for name, attribute in shape.items() if name != "self"}
    assert kinds == {
        "n": Type.LONG,
        "x": Type.DECIMAL,
        "tags": Type.SET,
        "who": Type.RECORD,
        "maybe": Type.STRING,
        "level": Type.STRING,
    }
    assert {name for name, attribute in shape.items() if attribute.required} == {"n"}


def test_only_what_is_read_is_projected() -> None:
    assert project("context.args.n > 5", n=1, x=2.5) == {"args": {"n": 1}}
    assert project("context.args.who.name == context.args.level", who={"name": "a"}, level="low", n=1) == {
        "args": {"who": {"name": "a"}, "level": "low"}
    }
    assert project("context.environment == context.args.maybe", maybe=None) == {"args": {}, "environment": ""}


def test_references_are_paths_into_the_context() -> None:
    (policy,) = parse(
        "forbid (principal, action, resource) when { context.a.b > 1 && context has c.d || context == {} };",
        source="s",
    )
    assert {("a", "b"), ("c",), ("c", "d"), ()} <= set(references(policy.conditions[0].body))


@pytest.mark.parametrize(("value", "held"), [(1, 10_000), (0.25, 2_500), (-3.1234, -31_234), (1e10, 10**14)])
def test_a_number_is_projected_exactly(value: float, held: int) -> None:
    found = project('context.args.x.lessThan(decimal("1.0"))', x=value)["args"]["x"]
    assert (type(found), int(found)) == (Decimal, held)


@pytest.mark.parametrize("value", [0.12345, 1e300, 1e-9, True, "1", 10**15])
def test_a_number_without_exact_form_is_refused(value: Any) -> None:
    with pytest.raises(Invalid, match="x "):
        project('context.args.x.lessThan(decimal("1.0"))', x=value)


@pytest.mark.parametrize("value", [1.5, True, "1", 2**70])
def test_a_wrong_type_never_reaches_a_policy(value: Any) -> None:
    with pytest.raises(Invalid, match="n must be"):
        project("context.args.n > 1", n=value)


def test_a_whole_float_is_an_integer() -> None:
    found = project("context.args.n > 1", n=3.0)["args"]["n"]
    assert (found, type(found)) == (3, int)


def test_projectors_read_what_cedar_cannot() -> None:
    arguments = {
        "to": "Ann <ann@Corp.Example>, bob@partner.example.",
        "cc": ["eve@evil.example"],
        "body": "write to carol@other.example, see https://user@Docs.Example:8080/x?y=1 and http://[bad",
        "sql": "-- note\nselect 1; DROP table users",
    }
    assert recipient_domains(arguments, SPEND) == {"corp.example", "partner.example", "evil.example"}
    assert url_hosts(arguments, SPEND) == {"docs.example", "?"}
    assert sql_verbs(arguments, SPEND) == {"select", "drop"}


@pytest.mark.parametrize(
    ("arguments", "held"),
    [
        ({"amount": 5, "total_price": 7.5}, 75_000),
        ({"amount": -9}, 90_000),
        ({"amount": 0.00001}, 1),
        ({"percent": 50}, 500_000),
        ({"note": "100"}, 2**63 - 1),
        ({"amount": True}, 2**63 - 1),
    ],
)
def test_an_unknown_amount_is_the_most_never_zero(arguments: dict[str, Any], held: int) -> None:
    assert amount(arguments, SPEND) == held
    assert amount({}, Contract("read", effect=Effect.READ)) == 0


@pytest.mark.parametrize(
    ("contract", "arguments", "place"),
    [
        (Contract("t", environment="production"), {"env": "dev"}, "production"),
        (Contract("t"), {"env": " PROD "}, "production"),
        (Contract("t"), {"environment": "staging"}, "staging"),
        (Contract("t"), {"env": 3}, ""),
    ],
)
def test_one_word_for_each_environment(contract: Contract, arguments: dict[str, Any], place: str) -> None:
    assert environment(arguments, contract) == place


def test_too_many_strings_are_refused() -> None:
    with pytest.raises(ValueError, match="2000 strings"):
        url_hosts({"a": ["x"] * 3_000}, SPEND)
