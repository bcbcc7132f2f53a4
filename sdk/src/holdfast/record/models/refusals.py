"""Errors in the words of each API, so that its clients raise what they raise for the real one."""

from __future__ import annotations

from typing import Any, Final

from holdfast.record.models.parts import Json

_OPENAI: Final = {403: "permission_error", 408: "timeout", 429: "rate_limit_error"}
_ANTHROPIC: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_GOOGLE: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def openai_error(message: str, code: str, status: int) -> Json:
    """As OpenAI says it, and all who speak like it."""
    kind = _OPENAI.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return {"error": {"message": message, "type": kind, "code": code, "param": None}}


def anthropic_error(message: str, code: str, status: int) -> Json:
    """As Anthropic says it."""
    kind = _ANTHROPIC.get(status, "api_error" if status >= 500 else "invalid_request_error")
    return {"type": "error", "error": {"type": kind, "message": message, "code": code}}


def google_error(message: str, code: str, status: int) -> Json:
    """As Google says it; the code stands in the details, where its own reasons stand."""
    kind = _GOOGLE.get(status, "INTERNAL" if status >= 500 else "INVALID_ARGUMENT")
    info: dict[str, Any] = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": code,
        "domain": "holdfast",
    }
    return {"error": {"code": status, "message": message, "status": kind, "details": [info]}}
