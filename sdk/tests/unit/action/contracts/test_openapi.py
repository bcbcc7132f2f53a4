"""An OpenAPI document becomes contracts; nothing outside of it is read."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.action import Contract, Effect, Origin
from holdfast.action.contracts import read_openapi
from holdfast.decision.validation import make_validator
from holdfast.errors import Misconfigured


def document(paths: dict[str, Any], *, version: str = "3.1.0", **components: Any) -> dict[str, Any]:
    return {"openapi": version, "paths": paths, "components": components}


def only(paths: dict[str, Any], **options: Any) -> Contract:
    [contract] = read_openapi(document(paths, **options)).contracts
    return contract


@pytest.mark.parametrize(
    ("method", "effect", "idempotent"),
    [
        ("get", Effect.READ, False),
        ("head", Effect.READ, False),
        ("post", Effect.WRITE, False),
        ("put", Effect.WRITE, True),
        ("patch", Effect.WRITE, False),
        ("delete", Effect.DESTROY, True),
    ],
)
def test_the_method_says_the_effect(method: str, effect: Effect, idempotent: bool) -> None:
    contract = only({"/orders": {method: {}}})
    assert (contract.effect, contract.idempotent, contract.egress) == (effect, idempotent, True)
    assert contract.origin is Origin.OPENAPI
    assert contract.tool == f"{method}_orders"


def test_parameters_and_the_bodys_properties_stand_side_by_side() -> None:
    operation = {
        "operationId": "refundOrder",
        "summary": "Refund.",
        "parameters": [
            {"name": "order", "in": "path", "schema": {"type": "string"}},
            {"name": "Idempotency-Key", "in": "header", "required": True, "schema": {"type": "string"}},
            {"name": "Authorization", "in": "header", "schema": {"type": "string"}},
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "properties": {"amount": {"type": "integer"}},
                        "required": ["amount"],
                    }
                }
            },
        },
        "responses": {"200": {"content": {"application/json": {"schema": {"type": "object"}}}}},
    }
    contract = only({"/orders/{order}/refund": {"post": operation}})
    assert contract.tool == "refundOrder"
    assert sorted(contract.parameters["properties"]) == ["Idempotency-Key", "amount", "order"]
    assert contract.parameters["required"] == ["Idempotency-Key", "amount", "order"]
    assert contract.idempotency_key == ("Idempotency-Key",)
    assert contract.critical == ("amount",)
    assert contract.output == {"type": "object"}
    assert make_validator(contract).is_valid({"order": "A", "Idempotency-Key": "k", "amount": 5})


def test_a_body_of_a_taken_name_stands_alone() -> None:
    body = {"content": {"application/json": {"schema": {"properties": {"id": {}}}}}}
    operation = {"parameters": [{"name": "id", "in": "query"}], "requestBody": body}
    assert sorted(only({"/x": {"post": operation}}).parameters["properties"]) == ["body", "id"]


def test_a_body_that_is_not_json_is_text_and_said_so() -> None:
    body = {"content": {"text/csv": {}}}
    imported = read_openapi(document({"/x": {"post": {"requestBody": body}}}))
    assert imported.contracts[0].parameters["properties"] == {"body": {"type": "string"}}
    assert "not JSON" in imported.notes[0].message


def test_what_is_referred_to_comes_along_recursion_included() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}}
    schema = {"$ref": "#/components/schemas/Node"}
    body = {"content": {"application/json": {"schema": {"type": "array", "items": schema}}}}
    contract = only({"/x": {"post": {"requestBody": body}}}, schemas={"Node": node})
    assert contract.parameters["$defs"]["Node"]["properties"]["next"] == {"$ref": "#/$defs/Node"}
    validator = make_validator(contract)
    assert validator.is_valid({"body": [{"next": {"next": {}}}]})
    assert not validator.is_valid({"body": [{"next": {"nxt": {}}}]})


def test_the_words_of_3_0_become_those_of_json_schema() -> None:
    schema = {"type": "integer", "nullable": True, "minimum": 1, "exclusiveMinimum": True, "x-internal": 1}
    operation = {"parameters": [{"name": "n", "in": "query", "schema": schema}]}
    contract = only({"/x": {"get": operation}}, version="3.0.3")
    assert contract.parameters["properties"]["n"] == {"type": ["integer", "null"], "exclusiveMinimum": 1}


def test_parameters_of_the_path_and_referred_ones_are_read() -> None:
    shared = {"$ref": "#/components/parameters/Page"}
    contract = only(
        {"/x": {"parameters": [shared], "get": {}}},
        parameters={"Page": {"name": "page", "in": "query", "schema": {"type": "integer"}}},
    )
    assert contract.parameters["properties"] == {"page": {"type": "integer"}}


def schema_at(reference: str) -> dict[str, Any]:
    return {"/x": {"get": {"parameters": [{"name": "n", "in": "query", "schema": {"$ref": reference}}]}}}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("text", "not an OpenAPI document"),
        ({"swagger": "2.0"}, "2.0 cannot be read"),
        ({"openapi": "3.1.0"}, "no operations"),
        (document(schema_at("https://evil.example/x.json")), "leads outside"),
        (document(schema_at("file:///etc/passwd")), "leads outside"),
        (document(schema_at("other.yaml#/x")), "leads outside"),
        (document(schema_at("#/components/schemas/Gone")), "leads nowhere"),
        (
            document({"/a": {"get": {"operationId": "x"}}, "/b": {"get": {"operationId": "x"}}}),
            "stands twice",
        ),
        (document({"/x": {"get": {"parameters": [{"in": "query"}]}}}), "no name"),
        (
            document({"/x": {"$ref": "#/components/pathItems/A"}}, pathItems={"A": {"$ref": "#/paths/~1x"}}),
            "follow one another",
        ),
    ],
)
def test_what_cannot_be_read_is_refused(given: Any, why: str) -> None:
    with pytest.raises(Misconfigured, match=why):
        read_openapi(given)
