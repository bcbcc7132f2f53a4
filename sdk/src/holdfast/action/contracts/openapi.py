"""The operations of an OpenAPI document (3.0, 3.1) as tools.

The method says the effect as HTTP defines it; nothing outside of the document is read.
"""

from __future__ import annotations

import re
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
from holdfast.action.contracts.inlining import Inlining, resolve_local
from holdfast.action.contracts.schemas import check_bounds
from holdfast.errors import Misconfigured

EFFECTS: Final = {
    "get": Effect.READ,
    "head": Effect.READ,
    "options": Effect.READ,
    "post": Effect.WRITE,
    "put": Effect.WRITE,
    "patch": Effect.WRITE,
    "delete": Effect.DESTROY,
}
"""What a method does by its definition (RFC 9110, RFC 5789); what the operation really does may be more."""
REPEATABLE: Final = frozenset({"put", "delete"})
"""Methods that RFC 9110 calls idempotent, beside the safe ones."""
KEY: Final = re.compile(r"idempotency[-_]?key", re.IGNORECASE).search
JSON: Final = re.compile(r"application/(?:[\w.+-]+\+)?json").match
BODY: Final = "body"

Object = Mapping[str, Any]


def read_openapi(document: Any) -> Imported:
    """Read every operation of a document.

    Raises:
        Misconfigured: it is no OpenAPI 3 document, refers outside of itself, or an operation cannot be used.
    """
    if not isinstance(document, Mapping):
        raise Misconfigured("this is not an OpenAPI document", hint="Expected an object with `openapi: 3.…`.")
    whole = cast("Object", document)
    version = str(whole.get("openapi", whole.get("swagger", "")))
    if not version.startswith(("3.0", "3.1")):
        raise Misconfigured(
            f"OpenAPI {version or 'of no version'} cannot be read", hint="Convert it to 3.0 or 3.1."
        )
    contracts: dict[str, Contract] = {}
    notes: list[Note] = []
    for path, method, operation, shared in _operations(whole):
        if len(contracts) == TOOLS_MAX:
            raise Misconfigured(f"more than {TOOLS_MAX} operations")
        name = check_name(_name(path, method, operation), contracts)
        reader = _Operation(whole, name, method, operation, shared, modern=version.startswith("3.1"))
        contracts[name] = reader.contract(path)
        notes += [Note(name, told) for told in reader.notes]
    if not contracts:
        raise Misconfigured("the document has no operations")
    return Imported(tuple(contracts.values()), tuple(notes))


def _operations(document: Object) -> Iterator[tuple[str, str, Object, list[Any]]]:
    paths = document.get("paths")
    for path, found in cast("Object", paths).items() if isinstance(paths, Mapping) else ():
        item = resolve_local(document, found)
        shared = cast("list[Any]", item.get("parameters") or [])
        for method in EFFECTS:
            operation = item.get(method)
            if isinstance(operation, Mapping):
                yield path, method, cast("Object", operation), shared


def _name(path: str, method: str, operation: Object) -> str:
    """The operation's id, or the method and the path as one word."""
    said = operation.get("operationId")
    made = said if isinstance(said, str) and said else f"{method}_{path.strip('/')}"
    return re.sub(r"[^\w.-]+", "_", made).strip("_")[:128]


class _Operation:
    """One operation on its way to a contract."""

    def __init__(
        self, document: Object, name: str, method: str, operation: Object, shared: list[Any], *, modern: bool
    ) -> None:
        self.notes: list[str] = []
        self._document = document
        self._name, self._method, self._operation, self._shared = name, method, operation, shared
        self._modern = modern
        self._inlining = Inlining(document, tool=name, modern=modern)
        self._properties: dict[str, Any] = {}
        self._required: list[str] = []

    def contract(self, path: str) -> Contract:
        """The contract: parameters by name, and the body's properties beside them."""
        for one in (*self._shared, *cast("list[Any]", self._operation.get("parameters") or [])):
            self._take_parameter(resolve_local(self._document, one))
        is_open = self._take_body()
        parameters: dict[str, Any] = {"type": "object", "properties": self._properties}
        if self._required:
            parameters["required"] = sorted(set(self._required))
        parameters |= self._inlining.definitions()
        check_bounds(parameters, tool=self._name)
        if self._method in REPEATABLE:
            self.notes.append(f"{self._method.upper()} is idempotent by definition; taken as such")
        found = Contract(
            self._name,
            description=self._description(path),
            parameters=parameters,
            output=self._output(),
            effect=EFFECTS[self._method],
            idempotent=self._method in REPEATABLE,
            egress=True,
            idempotency_key=tuple(name for name in self._properties if KEY(name)),
            open=is_open,
            origin=Origin.OPENAPI,
        )
        return with_named(found)

    def _take_parameter(self, parameter: Object) -> None:
        name, where = parameter.get("name"), parameter.get("in")
        if not isinstance(name, str) or where not in {"path", "query", "header", "cookie"}:
            raise Misconfigured(f"{self._name}: a parameter has no name or no place")
        if where == "header" and name.lower() in {"accept", "content-type", "authorization"}:
            return
        schema: Any = parameter.get("schema") or _first_json(parameter.get("content")) or {}
        told = parameter.get("description")
        made = self._inlining.read(schema)
        self._properties[name] = made if not told or "description" in made else {**made, "description": told}
        if parameter.get("required") or where == "path":
            self._required.append(name)

    def _take_body(self) -> bool:
        """Add the body; True when it may hold more than its schema names."""
        said = self._operation.get("requestBody")
        if said is None:
            return False
        body = resolve_local(self._document, said)
        found = _first_json(body.get("content"))
        if found is None:
            self.notes.append("the body is not JSON: it is the argument `body`, and policies see it as text")
            self._properties[BODY] = {"type": "string"}
        else:
            schema = self._inlining.read(found)
            whole = self._inlining.follow(schema)
            named = cast("dict[str, Any]", whole.get("properties") or {})
            free = named and not self._properties.keys() & named.keys()
            if free and not whole.keys() & {"allOf", "anyOf", "oneOf"}:
                self._properties |= named
                self._required += cast("list[str]", whole.get("required") or [])
                return bool(whole.get("additionalProperties"))
            self._properties[BODY] = schema
        if body.get("required"):
            self._required.append(BODY)
        return False

    def _description(self, path: str) -> str:
        words = [self._operation.get("summary"), self._operation.get("description")]
        told = "\n".join(word for word in words if isinstance(word, str) and word)
        return (told or f"{self._method.upper()} {path}")[:DESCRIPTION_MAX]

    def _output(self) -> dict[str, Any]:
        """The schema of the first success that has one."""
        responses = self._operation.get("responses")
        if not isinstance(responses, Mapping):
            return {}
        said = cast("Object", responses)
        for status in ("200", "201", "202", "2XX", "default"):
            if status not in said or (status == "default" and len(said) > 1):
                continue
            found = _first_json(resolve_local(self._document, said[status]).get("content"))
            if found is not None:
                inlining = Inlining(self._document, tool=self._name, modern=self._modern)
                schema = inlining.read(found) | inlining.definitions()
                check_bounds(schema, tool=self._name)
                return schema
        return {}


def _first_json(content: Any) -> Any:
    """The schema of the first JSON form of a body; None without one."""
    for kind, media in cast("Object", content).items() if isinstance(content, Mapping) else ():
        if JSON(str(kind)) and isinstance(media, Mapping):
            return cast("Object", media).get("schema") or {}
    return None
