"""docs/reference/errors.md: every error, its code, and what its reader should do."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType

from scripts.reference.markdown import heading, summary, table

import holdfast.errors as sdk_errors
import holdfast_server.errors as server_errors

ABOUT = """\
Every error has a stable `code` and a `hint`: the reader's next step. Over REST the same code stands in the
`code` field of a problem document (RFC 9457, `application/problem+json`).
"""


def page() -> str:
    """The whole page: the tree as its module draws it, then a table a package."""
    parts = [heading("Errors", ABOUT, "the two errors.py"), tree(sdk_errors)]
    for title, module in (("holdfast", sdk_errors), ("holdfast-server", server_errors)):
        parts.append(f"## {title}\n\n" + table(["Error", "Code", "Meaning"], rows(module)))
    return "\n".join(parts)


def tree(module: ModuleType) -> str:
    """The fenced drawing in a module's docstring."""
    before, fence, rest = (inspect.getdoc(module) or "").partition("```text")
    return f"```text{rest.strip()}\n".replace("```text", "```text\n", 1) if fence else before


def rows(module: ModuleType) -> Iterator[tuple[str, str, str]]:
    """The errors that a module itself defines, in its order."""
    for name, thing in vars(module).items():
        if (
            inspect.isclass(thing)
            and issubclass(thing, BaseException)
            and thing.__module__ == module.__name__
        ):
            yield f"`{name}`", f"`{getattr(thing, 'code', '')}`", summary(thing)
