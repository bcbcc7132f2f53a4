"""Problem documents (RFC 9457): the shape of every error."""

from __future__ import annotations

from typing import Any, Final

from holdfast_server.kit.wire import Wire

MEDIA_TYPE: Final = "application/problem+json"


class Problem(Wire):
    """What went wrong, and what to do next."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    """Stable; programs branch on it."""
    hint: str
    """The reader's next step."""


PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    "default": {"model": Problem, "description": "Any error", "content": {MEDIA_TYPE: {}}}
}
"""For `responses=` of every router."""
