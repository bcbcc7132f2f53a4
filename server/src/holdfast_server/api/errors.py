"""Errors become problem documents, here and nowhere else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from holdfast_server.api.problem import MEDIA_TYPE, Problem
from holdfast_server.errors import (
    Conflict,
    Congested,
    HoldfastError,
    Invalid,
    NotFound,
    NotPermitted,
    TooLarge,
    Unavailable,
    UnknownMediaType,
    Unprocessable,
)

log = structlog.get_logger(__name__)

STATUS: Final[dict[type[HoldfastError], int]] = {
    Unprocessable: 422,
    Invalid: 400,
    NotFound: 404,
    Conflict: 409,
    NotPermitted: 403,
    TooLarge: 413,
    UnknownMediaType: 415,
    Congested: 429,
    Unavailable: 503,
}
"""The status of each error; the first class that fits wins, anything else is 500."""

FAULTS_MAX: Final = 10


def install(app: FastAPI) -> None:
    """Teach the app to answer every error with a problem document."""
    app.add_exception_handler(HoldfastError, _holdfast)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _fault)


def problem(
    status: int, *, code: str, detail: str, hint: str = "", headers: dict[str, str] | None = None
) -> Response:
    """A problem document as a response."""
    made = _document(status, code=code, detail=detail, hint=hint)
    return Response(made.model_dump_json(), status, headers, MEDIA_TYPE)


def problem_of(error: HoldfastError) -> Problem:
    """What went wrong with one thing of several."""
    return _document(_status(error), code=error.code, detail=error.message, hint=error.hint)


def _document(status: int, *, code: str, detail: str, hint: str) -> Problem:
    title = HTTPStatus(status).phrase
    named = f"urn:holdfast:problem:{code}"
    return Problem(type=named, title=title, status=status, detail=detail, code=code, hint=hint)


def _status(error: HoldfastError) -> int:
    return next((status for kind, status in STATUS.items() if isinstance(error, kind)), 500)


async def _holdfast(_: Request, error: Exception) -> Response:
    assert isinstance(error, HoldfastError)
    status = _status(error)
    headers: dict[str, str] = {}
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(math.ceil(error.retry_after_s))
    if status == 500:
        log.error("request_failed", code=error.code, detail=error.message)
    return problem(status, code=error.code, detail=error.message, hint=error.hint, headers=headers)


async def _validation(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = error.errors()
    said = "; ".join(f"{_place(fault['loc'])}: {_words(fault)}" for fault in faults[:FAULTS_MAX]) + "."
    broken = any(fault["type"] == "json_invalid" for fault in faults)
    status, code = (400, "invalid") if broken else (422, "unprocessable")
    return problem(status, code=code, detail=said, hint="See /openapi.json for the shape.")


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = HTTPStatus(error.status_code).name.lower()
    hint = "See /openapi.json for what exists." if error.status_code in (404, 405) else ""
    return problem(
        error.status_code, code=code, detail=error.detail, hint=hint, headers=dict(error.headers or {})
    )


async def _fault(request: Request, error: Exception) -> Response:
    log.error("request_crashed", path=request.url.path, error=type(error).__name__, exc_info=error)
    return problem(500, code="fault", detail="The server failed; its log says why.")


def _place(place: tuple[str | int, ...]) -> str:
    within = place[1:] if place[:1] == ("body",) else place
    return ".".join(str(part) for part in within) or "body"


def _words(fault: Mapping[str, Any]) -> str:
    """What is wrong: our own words as we wrote them."""
    own = fault.get("ctx", {}).get("error") if fault["type"] == "value_error" else None
    return str(own or fault["msg"]).rstrip(".")
