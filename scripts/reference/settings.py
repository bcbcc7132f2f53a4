"""docs/reference/settings.md: every setting of both packages, its variable, its default and its meaning."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

import msgspec
from pydantic import BaseModel
from scripts.reference.markdown import heading, table

import holdfast.settings as sdk_settings
import holdfast_server.settings as server_settings

ABOUT = """\
Arguments and flags win over `HOLDFAST_SECTION__KEY`, which wins over `holdfast.toml`, which wins over the
defaults. One file serves both packages. In the file a section is a table:

```toml
server = "http://127.0.0.1:7420"

[http]
port = 7420
```
"""
Row = tuple[str, str, str, str]


def page() -> str:
    """The whole page."""
    parts = [heading("Settings", ABOUT, "the two settings.py")]
    for title, rows in (
        ("What an agent's process reads", sdk_rows(sdk_settings.Settings, "")),
        ("What the server reads", server_rows(server_settings.Settings, "")),
    ):
        parts.append(f"## {title}\n\n" + table(["Key", "Variable", "Default", "Meaning"], rows))
    return "\n".join(parts)


def sdk_rows(struct: type[msgspec.Struct], prefix: str) -> Iterator[Row]:
    """Rows of a msgspec settings class, sections opened."""
    told = docstrings(struct)
    for field in msgspec.structs.fields(struct):
        default = field.default
        if isinstance(default, msgspec.Struct):
            yield from sdk_rows(type(default), f"{prefix}{field.name}.")
        else:
            yield row(prefix + field.name, default, told.get(field.name, ""))


def server_rows(model: type[BaseModel], prefix: str) -> Iterator[Row]:
    """Rows of a pydantic settings class, sections opened."""
    for name, field in model.model_fields.items():
        if isinstance(field.default, BaseModel):
            yield from server_rows(type(field.default), f"{prefix}{name}.")
        else:
            yield row(prefix + name, field.default, field.description or "")


def row(key: str, default: Any, meaning: str) -> Row:
    """One setting as the table shows it."""
    return f"`{key}`", f"`HOLDFAST_{key.upper().replace('.', '__')}`", shown(default), meaning


def shown(default: Any) -> str:
    """A default the way a TOML file would have it."""
    if default is None:
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, tuple):
        return f"`{list(default)}`"
    return (
        f"`{default:_}`"
        if isinstance(default, int)
        else f'`"{default}"`'
        if default == ""
        else f"`{default}`"
    )


def docstrings(owner: type) -> dict[str, str]:
    """The strings beneath a class's fields."""
    body = ast.parse(textwrap.dedent(inspect.getsource(owner))).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for before, after in zip(body.body, body.body[1:], strict=False):
        if isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name):
            text = after.value if isinstance(after, ast.Expr) else None
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                found[before.target.id] = text.value
    return found
