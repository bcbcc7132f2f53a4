"""docs/reference/rest.md: every route, from the OpenAPI document."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from scripts.reference.markdown import heading, table

from holdfast_server.api.openapi import build_schema

ABOUT = """\
Base address `http://127.0.0.1:7420`. JSON in snake case; lists are pages, `{"items": […], "next": cursor or
null}`; errors are [problem documents](errors.md). Shapes in full: `/openapi.json` of a running server, or
[schemas/openapi.json](../../schemas/openapi.json).
"""
METHODS = ("get", "post", "put", "patch", "delete")


def page() -> str:
    """The whole page, a section a noun."""
    parts = [heading("REST", ABOUT, "the server's routes")]
    for noun, group in itertools.groupby(sorted(operations(build_schema())), key=lambda entry: entry[0]):
        rows = [
            (f"`{method.upper()} {path}`", parameters, told) for _, path, method, parameters, told in group
        ]
        parts.append(f"## {noun}\n\n" + table(["Request", "Parameters", "What it does"], rows))
    return "\n".join(parts)


def operations(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str, str]]:
    """Noun, path, method, query parameters and description of each operation."""
    for path, methods in schema["paths"].items():
        for method in METHODS:
            if operation := methods.get(method):
                told = operation.get("description") or operation.get("summary", "")
                yield noun(path), path, method, query(operation), told.split("\n\n")[0]


def noun(path: str) -> str:
    """The first word of a path after the version."""
    return next((part for part in path.split("/") if part and part != "v1"), "console")


def query(operation: Mapping[str, Any]) -> str:
    """The names of the query parameters."""
    named = [entry["name"] for entry in operation.get("parameters", []) if entry["in"] == "query"]
    return ", ".join(f"`{name}`" for name in named)
