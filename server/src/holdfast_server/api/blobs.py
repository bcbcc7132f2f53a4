"""`/v1/blobs`: payloads that are too large for a row, whole."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Response

from holdfast_server.api.door import Wired

router = APIRouter(tags=["blobs"])


@router.get(
    "/v1/blobs/{hash}",
    response_class=Response,
    responses={200: {"description": "The text, UTF-8", "content": {"text/plain": {}}}},
)
async def blob(services: Wired, hash: str) -> Response:  # noqa: A002  # the word of the path
    """A payload by the SHA-256 of its text, as `[blob:…]` in a row names it; it never changes."""
    found = await asyncio.to_thread(services.blobs.get, hash)
    headers = {"ETag": f'"{hash}"', "Cache-Control": "private, max-age=31536000, immutable"}
    return Response(found, media_type="text/plain; charset=utf-8", headers=headers)
