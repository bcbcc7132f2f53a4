"""`/v1/runs/{run}/outline`, `/compare`, `/export`: a run of any size at once, beside another, written out."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncGenerator
from typing import Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from holdfast_server.api.door import Wired
from holdfast_server.record.runs.comparing import Comparison
from holdfast_server.record.runs.exporting import Exports
from holdfast_server.record.runs.outline import Outline
from holdfast_server.record.runs.run import RunSummary

router = APIRouter(tags=["runs"])

Form = Literal["json", "csv", "otlp"]
_MEDIA: Final = {"json": "application/json", "csv": "text/csv; charset=utf-8", "otlp": "application/json"}
_ENDING: Final = {"json": "json", "csv": "csv", "otlp": "otlp.json"}
_ZIPPED_FROM: Final = 4096
_GZIP_BITS: Final = 31


@router.get("/v1/runs/{run}/outline", response_model=Outline)
async def outline(services: Wired, request: Request, run: str) -> Response:
    """Every step of the run's trace in columns: enough to lay out fifty thousand at once."""
    made = await services.windows.outline(run)
    zipped = "gzip" in request.headers.get("accept-encoding", "")
    return await asyncio.to_thread(_columns, made, zipped=zipped)


@router.get("/v1/runs/{run}/compare")
async def compare(
    services: Wired, run: str, other: Annotated[str, Query(alias="with", min_length=1, max_length=64)]
) -> Comparison:
    """This run and another side by side, and where they part first."""
    left, right = await services.runs.get(run), await services.runs.get(other)
    return await services.windows.compare(left, right)


@router.get(
    "/v1/runs/{run}/export",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/json": {}, "text/csv": {}}}},
)
async def export(services: Wired, run: str, form: Annotated[Form, Query(alias="as")] = "json") -> Response:
    """The run and its steps as a file: JSON with every field, CSV, or OTLP's JSON."""
    summary = await services.runs.get(run)
    name = f'attachment; filename="run-{_safe(run)}.{_ENDING[form]}"'
    written = _written(services, summary, form)
    return StreamingResponse(written, media_type=_MEDIA[form], headers={"Content-Disposition": name})


def _written(services: Wired, summary: RunSummary, form: Form) -> AsyncGenerator[bytes]:
    exports = Exports(services.steps, services.windows)
    return {"json": exports.json, "csv": exports.csv, "otlp": exports.otlp}[form](summary)


def _columns(made: Outline, *, zipped: bool) -> Response:
    """Encoded past the validation that answers usually get: a million numbers that were counted just now."""
    body = msgspec.json.encode(made.__dict__)
    headers = {"Vary": "Accept-Encoding"}
    if zipped and len(body) > _ZIPPED_FROM:
        squeeze = zlib.compressobj(1, wbits=_GZIP_BITS)
        body = squeeze.compress(body) + squeeze.flush()
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type="application/json", headers=headers)


def _safe(run: str) -> str:
    return "".join(one for one in run if one.isalnum() or one in "-_")[:64]
