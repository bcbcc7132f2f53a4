"""Where commands read contracts from: policy files, shipped ones, MCP answers, OpenAPI documents, Python."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from holdfast.action.contracts import SHIPPED, Imported, Note, read_mcp, read_openapi
from holdfast.errors import Misconfigured

if TYPE_CHECKING:
    from holdfast.action import Contract

BYTES_MAX: Final = 32 * 1024 * 1024
PYTHON: Final = "python:"


def read_document(source: str) -> Any:
    """A JSON or YAML document from a file, or from the standard input when the source is `-`.

    Raises:
        Misconfigured: it cannot be read, is too large, or is neither.
    """
    text = _read_text(source)
    if text.lstrip()[:1] in {"{", "["}:
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Misconfigured(f"{source} is not JSON: {error}") from error
    return _read_yaml(text, source)


def import_contracts(kind: str, source: str, *, trust: bool = False) -> Imported:
    """The contracts of an MCP server, an OpenAPI document or Python functions.

    Raises:
        Misconfigured: the source cannot be used, and why.
    """
    if kind == "python":
        from holdfast.guard.reading import read_python

        sys.path.insert(0, str(Path.cwd()))
        try:
            return read_python(source)
        finally:
            sys.path.remove(str(Path.cwd()))
    document = read_document(source)
    found = read_mcp(document, trust=trust) if kind == "mcp" else read_openapi(document)
    return msgspec.structs.replace(found, notes=(*found.notes, *_unusable(found)))


def _unusable(found: Imported) -> Iterator[Note]:
    """What somebody must mend before a policy file with these contracts can be loaded."""
    from holdfast.decision.validation import make_validator

    for contract in found.contracts:
        try:
            make_validator(contract)
        except Misconfigured as error:
            yield Note(contract.tool, f"this cannot be loaded as it stands: {error}")


def read_contracts(source: str, *, trust: bool = False) -> dict[str, Contract]:
    """The contracts of any source, by tool; its kind is told by what it holds.

    Raises:
        Misconfigured: the source cannot be used, and why.
    """
    from holdfast.decision.pack.tools import shipped_contracts

    if source in SHIPPED:
        return shipped_contracts(source)
    if source.startswith(PYTHON):
        return _by_tool(import_contracts("python", source.removeprefix(PYTHON)))
    if source == "-" or Path(source).suffix == ".json":
        document = read_document(source)
        return _by_tool(read_openapi(document) if _is_openapi(document) else read_mcp(document, trust=trust))
    if Path(source).is_file() and _is_openapi(_peek(source)):
        return _by_tool(read_openapi(read_document(source)))
    from holdfast.decision import compile_bundle
    from holdfast.guard.rules import read_sources

    return dict(compile_bundle(read_sources(Path(source))).contracts)


def _by_tool(imported: Imported) -> dict[str, Contract]:
    return {contract.tool: contract for contract in imported.contracts}


def _is_openapi(document: Any) -> bool:
    return isinstance(document, Mapping) and bool({"openapi", "swagger"} & cast("Any", document).keys())


def _peek(source: str) -> Any:
    """The words at the beginning of the lines: enough to tell an OpenAPI document from a policy file."""
    lines = _read_text(source).splitlines()
    return {line.partition(":")[0]: None for line in lines if line[:1].isalpha()}


def _read_text(source: str) -> str:
    try:
        if source == "-":
            text = sys.stdin.read(BYTES_MAX + 1)
        else:
            path = Path(source)
            if path.stat().st_size > BYTES_MAX:
                raise Misconfigured(f"{source} is larger than {BYTES_MAX} bytes")
            text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Misconfigured(f"{source} is no text in UTF-8") from error
    except OSError as error:
        hint = "Name a file, or - for the standard input."
        raise Misconfigured(f"{source} cannot be read: {error.strerror}", hint=hint) from error
    if len(text) > BYTES_MAX:
        raise Misconfigured(f"{source} is larger than {BYTES_MAX} bytes")
    return text


def _read_yaml(text: str, source: str) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """Without aliases: a few of them can stand for more than any machine holds."""

        def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
            if self.check_event(yaml.AliasEvent):  # pyright: ignore[reportUnknownMemberType]  # stubs
                raise Misconfigured(f"{source}: aliases are not supported")
            return super().compose_node(parent, index)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # stubs

    try:
        return yaml.load(text, Loader=Loader)  # noqa: S506  # a SafeLoader
    except (yaml.YAMLError, RecursionError) as error:
        raise Misconfigured(f"{source} is neither JSON nor YAML: {error}") from error
