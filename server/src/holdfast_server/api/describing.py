"""What the fields of a model mean, read from its source when somebody asks for the document.

pydantic can keep it on every model, for a fifth of the time that a server takes to start.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel


def describe(components: Mapping[str, Any]) -> None:
    """Put the words below each field of a model into its place among the components."""
    for model in _models(BaseModel):
        # Models that share a name stand under where they come from as well.
        apart = f"{model.__module__}.{model.__name__}".replace(".", "__")
        shown = components.get(apart) or components.get(model.__name__, {})
        properties: dict[str, Any] = shown.get("properties", {})
        for owner in model.__mro__ if properties else ():
            for name, text in _docstrings(owner).items() if issubclass(owner, BaseModel) else ():
                field = model.model_fields[name]
                place = field.alias or field.serialization_alias or name
                properties.get(place, {}).setdefault("description", text)


def _models(above: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in above.__subclasses__():
        if model.__module__.startswith("holdfast_server."):
            yield model
        yield from _models(model)


def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    if model is BaseModel:
        return {}
    try:
        source = textwrap.dedent(inspect.getsource(model))
    except OSError:  # made by a call, without a source of its own
        return {}
    body = ast.parse(source).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            text = _text(below)
            if text:
                found[field.target.id] = inspect.cleandoc(text)
    return found


def _text(statement: ast.stmt) -> str:
    value = statement.value if isinstance(statement, ast.Expr) else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""
