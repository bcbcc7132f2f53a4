"""Schemas of an OpenAPI document, made to stand alone: what they refer to comes with them, and no more."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from holdfast.action.contracts.schemas import DEPTH_MAX, HOPS_MAX, find_pointer
from holdfast.errors import Misconfigured

DEFINITIONS_MAX: Final = 500
"""Definitions that one operation may bring with it."""
DROPPED: Final = frozenset(
    {"nullable", "discriminator", "xml", "externalDocs", "example", "deprecated", "readOnly", "writeOnly"}
)
"""Words of OpenAPI that are none of JSON Schema."""
LITERAL: Final = frozenset({"enum", "const", "default", "examples", "required"})
"""Words whose value is data, not a schema."""
NAMING: Final = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
"""Words whose keys are names, not words."""

Object = Mapping[str, Any]


def resolve_local(document: Object, value: Any) -> Object:
    """An object, or the one that its reference leads to.

    Raises:
        Misconfigured: the reference leads outside, nowhere, or in circles.
    """
    for _ in range(HOPS_MAX):
        if not isinstance(value, Mapping):
            raise Misconfigured("an object was expected", hint="Check the document with an OpenAPI linter.")
        found = cast("Object", value)
        reference = found.get("$ref")
        if reference is None:
            return found
        value = find_reference(document, reference)
    raise Misconfigured(f"more than {HOPS_MAX} references follow one another")


def find_reference(document: Object, reference: Any) -> Any:
    """What a reference inside of the document leads to.

    Raises:
        Misconfigured: it leads outside or nowhere.
    """
    if not isinstance(reference, str) or not reference.startswith("#/"):
        raise Misconfigured(
            f"the reference {reference!r:.120} leads outside of the document, where nothing is read",
            hint="Bundle the document into one file.",
        )
    found = find_pointer(document, reference)
    if found is None:
        raise Misconfigured(f"the reference {reference!r:.120} leads nowhere")
    return found


class Inlining:
    """Copies schemas out of a document; definitions are named once and referred to, recursion included."""

    def __init__(self, document: Object, *, tool: str, modern: bool) -> None:
        self._document = document
        self._tool = tool
        self._modern = modern
        self._names: dict[str, str] = {}
        self._made: dict[str, dict[str, Any]] = {}

    def read(self, schema: Any) -> dict[str, Any]:
        """The schema in JSON Schema's words; its references lead to `definitions()`.

        Raises:
            Misconfigured: a reference leads outside or nowhere, or it is too large.
        """
        made = self._read(schema, 0)
        return cast("dict[str, Any]", made) if isinstance(made, dict) else {}

    def follow(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The definition that a schema is a reference to, or the schema itself."""
        for _ in range(HOPS_MAX):
            name = str(schema.get("$ref", "")).removeprefix("#/$defs/")
            if name not in self._made:
                return schema
            schema = self._made[name]
        return schema

    def definitions(self) -> dict[str, Any]:
        """Everything that was referred to, as `$defs`; empty when nothing was."""
        return {"$defs": dict(self._made)} if self._made else {}

    def _read(self, schema: Any, depth: int) -> Any:
        if depth > DEPTH_MAX:
            raise Misconfigured(f"a schema of {self._tool} is nested deeper than {DEPTH_MAX}")
        if not isinstance(schema, Mapping):
            return schema
        said = cast("Object", schema)
        if "$ref" in said:
            return {"$ref": f"#/$defs/{self._define(said['$ref'], depth)}"}
        made = {word: self._word(word, inner, depth) for word, inner in said.items() if _kept(word)}
        return made if self._modern else _modernise(said, made)

    def _word(self, word: str, value: Any, depth: int) -> Any:
        if word in LITERAL:
            return value
        if word in NAMING and isinstance(value, Mapping):
            named = cast("Object", value)
            return {name: self._read(inner, depth + 1) for name, inner in named.items()}
        if isinstance(value, list):
            return [self._read(inner, depth + 1) for inner in cast("list[Any]", value)]
        return self._read(value, depth + 1)

    def _define(self, reference: Any, depth: int) -> str:
        known = self._names.get(str(reference))
        if known is not None:
            return known
        if len(self._names) == DEFINITIONS_MAX:
            raise Misconfigured(f"{self._tool} refers to more than {DEFINITIONS_MAX} definitions")
        found = find_reference(self._document, reference)
        wanted = re.sub(r"\W", "_", str(reference).rpartition("/")[2]) or "schema"
        name, n = wanted, 1
        while name in self._names.values():
            n += 1
            name = f"{wanted}_{n}"
        self._names[str(reference)] = name
        self._made[name] = {}
        made = self._read(found, depth + 1)
        self._made[name] = made if isinstance(made, dict) else {}
        return name


def _kept(word: str) -> bool:
    return word not in DROPPED and not word.startswith("x-")


def _modernise(said: Object, made: dict[str, Any]) -> dict[str, Any]:
    """What OpenAPI 3.0 says in words of its own."""
    for word, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if made.get(word) is True and bound in made:
            made[word] = made.pop(bound)
        elif isinstance(made.get(word), bool):
            del made[word]
    if said.get("nullable") is True:
        if isinstance(made.get("type"), str):
            made["type"] = [made["type"], "null"]
        if "enum" in made and None not in made["enum"]:
            made["enum"] = [*made["enum"], None]
    return made
