"""Every hazard of a schema from elsewhere: it fetches nothing, takes no time, and lets nothing unnamed in."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from holdfast.action import Contract, canonicalise, parse_arguments
from holdfast.action.contracts import check_weight
from holdfast.decision.validation import make_result_validator, make_validator, problems
from holdfast.errors import Invalid, Misconfigured

PATIENCE_S = 2.0
"""Far more than anything here takes; far less than what an attack would."""


def validator(schema: dict[str, Any]) -> Any:
    return make_validator(Contract("t", parameters=schema))


@pytest.fixture
def listener() -> Any:
    """A server that remembers whether anybody came."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    "make",
    [
        lambda url: {"$ref": f"{url}/x.json"},
        lambda url: {"properties": {"a": {"$ref": f"{url}/x.json#/a"}}},
        lambda url: {"$id": f"{url}/root.json", "properties": {"a": {"$ref": "other.json"}}},
        lambda url: {"properties": {"a": {"$dynamicRef": f"{url}/x.json#a"}}},
    ],
)
def test_nothing_is_fetched_whatever_refers_to_it(make: Any, listener: Any) -> None:
    url, asked = listener
    with pytest.raises(Misconfigured):
        validator(make(url))
    assert asked == []


def test_a_foreign_metaschema_is_not_fetched(listener: Any) -> None:
    url, asked = listener
    validator({"$schema": f"{url}/meta.json", "properties": {"a": {}}})
    assert asked == []


def test_no_file_is_opened(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"type": "string"}')
    with pytest.raises(Misconfigured):
        validator({"properties": {"a": {"$ref": (tmp_path / "x.json").as_uri()}}})


@pytest.mark.parametrize(
    "pattern",
    [r"^(a+)\1$", r"^(?=a)a", r"(?<!a)b", r"(?<n>a)\k<n>", r"^(a{1,500}){1,500}$", "a" * 2_000],
)
def test_patterns_that_no_linear_engine_takes_are_refused(pattern: str) -> None:
    with pytest.raises(Misconfigured, match="t "):
        validator({"properties": {"a": {"type": "string", "pattern": pattern}}})


@pytest.mark.parametrize("pattern", [r"^(a+)+$", r"^(a|a)*$", r"^(x+x+)+y", r"^(\w+\s?)*$"])
def test_patterns_that_backtrack_elsewhere_are_quick_here(pattern: str) -> None:
    checked = validator({"properties": {"a": {"type": "string", "pattern": pattern}}})
    began = time.perf_counter()
    assert not checked.is_valid({"a": "a" * 50_000 + "!"})
    assert time.perf_counter() - began < PATIENCE_S


def test_an_integer_is_one_whatever_its_form() -> None:
    checked = validator({"properties": {"n": {"type": "integer"}}})
    plain, canonical = canonicalise({"n": 1.0})
    assert checked.is_valid(plain)
    assert (type(plain["n"]), canonical) == (int, b'{"n":1}'), "1.0 and 1 are one argument with one digest"
    assert not checked.is_valid({"n": 1.5})
    assert not checked.is_valid({"n": True})
    assert not checked.is_valid({"n": "1"})


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        ("email", "ann@example.org", "ann"),
        ("uri", "https://example.org/x", "not a uri"),
        ("date-time", "2026-01-02T03:04:05Z", "yesterday"),
        ("date", "2026-01-02", "2026-13-02"),
        ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123"),
        ("ipv4", "192.0.2.1", "192.0.2.256"),
        ("ipv6", "2001:db8::1", "2001:db8"),
        ("hostname", "example.org", "-example"),
    ],
)
def test_formats_are_validated(form: str, good: str, bad: str) -> None:
    checked = validator({"properties": {"a": {"type": "string", "format": form}}})
    assert checked.is_valid({"a": good})
    assert not checked.is_valid({"a": bad})


def doubling(levels: int) -> dict[str, Any]:
    """A definition that refers twice to the next, again and again."""
    made = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(levels)}
    return {"$defs": {**made, f"d{levels}": {"type": "object"}}, "$ref": "#/$defs/d0"}


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        (nested(60), "nested deeper than"),
        ({"enum": ["x" * 300_000]}, "bytes"),
        ({"properties": {f"p{n}": {"enum": [[], []]} for n in range(10_000)}}, "more than 20000 parts"),
        (doubling(40), "too many times over"),
        ({"allOf": [{"$ref": "#"}]}, "to itself"),
        (
            {
                "$defs": {"n": {"properties": {"a": {"allOf": [{"$ref": "#/$defs/n"}] * 2}}}},
                "$ref": "#/$defs/n",
            },
            "doubles at every level",
        ),
        (
            {
                "$defs": {f"d{n}": {} for n in range(600)},
                "allOf": [{"$ref": f"#/$defs/d{n}"} for n in range(600)],
            },
            "500",
        ),
        ({"properties": {"a": {"enum": [object()]}}}, "not plain JSON"),
    ],
)
def test_a_schema_that_would_cost_too_much_is_refused_at_once(schema: dict[str, Any], why: str) -> None:
    began = time.perf_counter()
    with pytest.raises(Misconfigured, match=why):
        validator(schema)
    assert time.perf_counter() - began < PATIENCE_S


def test_ordinary_recursion_and_reuse_are_fine() -> None:
    tree = {
        "$defs": {
            "Json": {
                "anyOf": [
                    {"type": ["string", "number", "boolean", "null"]},
                    {"type": "array", "items": {"$ref": "#/$defs/Json"}},
                    {"type": "object", "additionalProperties": {"$ref": "#/$defs/Json"}},
                ]
            }
        },
        "properties": {"a": {"$ref": "#/$defs/Json"}, "b": {"$ref": "#/$defs/Json"}},
    }
    check_weight(tree, tool="t")
    assert validator(tree).is_valid({"a": [{"x": [1, "2"]}], "b": None})


def test_an_argument_stands_once() -> None:
    with pytest.raises(Invalid, match="stands twice"):
        parse_arguments('{"to": "ann", "to": "eve"}')
    with pytest.raises(Invalid, match="stands twice"):
        parse_arguments('{"a": {"to": 1, "to": 2}}')


@pytest.mark.parametrize(
    "hidden",
    [
        {"a": 1, "b": 1},
        {"a": 1, "A": 1},
        {"a": 1, "a\u200b": 1},
        {"a": 1, "\u0430": 1},
        {"a": 1, "": 1},
        {"a": 1, "__proto__": {}},
    ],
)
def test_what_no_schema_names_is_refused_however_it_looks(hidden: dict[str, Any]) -> None:
    checked = validator({"type": "object", "properties": {"a": {"type": "integer"}}})
    assert checked.is_valid({"a": 1})
    assert not checked.is_valid(hidden)
    assert problems(checked, hidden)


def test_a_result_may_hold_more_than_is_promised_but_not_less() -> None:
    checked = make_result_validator("t", {"properties": {"id": {"type": "string"}}, "required": ["id"]})
    assert checked.is_valid({"id": "a", "more": 1})
    assert problems(checked, {"more": 1}) == ['$: "id" is a required property']


def test_no_message_repeats_what_was_given() -> None:
    checked = validator({"properties": {"a": {"enum": ["x"]}}})
    found = problems(checked, json.loads('{"a": "' + "secret" * 5_000 + '"}'))
    assert len(found[0]) < 250
