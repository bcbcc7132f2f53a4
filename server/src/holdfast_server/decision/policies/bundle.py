"""The policy bundle in force, as it is handed out."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from holdfast_server.kit.wire import Wire


class SourceView(Wire):
    """One policy file."""

    name: str
    kind: Literal["yaml", "cedar"]
    text: str


class PolicyFault(Wire):
    """Why the files on disk are not in force."""

    message: str
    path: str
    line: int
    column: int
    at: datetime


class BundleView(Wire):
    """The bundle in force; `error` says when the files on disk could not replace it."""

    hash: str
    sources: list[SourceView]
    warnings: list[str]
    loaded_at: datetime
    error: PolicyFault | None
