"""Whether a provider answers, and with which models: asked from the server, with the stored secret."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from holdfast_server.action.llm.config import Provider
from holdfast_server.action.llm.desk.provider import ProviderChecked
from holdfast_server.kit.tls import trust

if TYPE_CHECKING:
    import httpx

WAIT_S: Final = 10.0
SHOWN_MAX: Final = 100
KNOWN_MAX: Final = 1_000
"""Models of one provider that are remembered."""
LISTS: Final = {"gemini": "/v1beta/models?pageSize=1000", "messages": "/v1/models?limit=1000"}
"""Where the APIs name all of their models at once; others do so at `/v1/models`."""
BYTES_MAX: Final = 4 * 1024 * 1024
DETAIL_MAX: Final = 500


class Found(NamedTuple):
    """What came of asking."""

    checked: ProviderChecked
    models: tuple[str, ...]
    """All that are remembered; `checked` shows the first of them."""


async def check(provider: Provider) -> Found:
    """Ask for the list of its models."""
    import httpx  # only who asks needs it

    path = next((LISTS[api] for api in provider.apis if api in LISTS), "/v1/models")
    began = time.monotonic()
    try:
        verify = await asyncio.to_thread(trust, provider.base_url, provider.ca_file)
    except OSError as error:
        return _no(began, f"The authorities in {provider.ca_file or 'the system'} cannot be read: {error}")
    try:
        async with (
            httpx.AsyncClient(timeout=WAIT_S, verify=verify, trust_env=False) as client,
            client.stream("GET", provider.base_url + path, headers=_headers(provider)) as answer,
            asyncio.timeout(WAIT_S),
        ):
            content = await _read(answer)
    except (httpx.HTTPError, OSError, ValueError) as error:
        return _no(began, f"{type(error).__name__}: {error}")
    found = _models(content)
    status = answer.status_code
    checked = ProviderChecked(
        ok=status == 200,
        status=status,
        took_ms=_ms(began),
        detail=_detail(status, found),
        models=found[:SHOWN_MAX],
    )
    return Found(checked, tuple(found[:KNOWN_MAX]) if checked.ok else ())


def _no(began: float, told: str) -> Found:
    detail = told[:DETAIL_MAX]
    return Found(ProviderChecked(ok=False, status=None, took_ms=_ms(began), detail=detail, models=[]), ())


async def _read(answer: httpx.Response) -> bytes:
    content = bytearray()
    async for piece in answer.aiter_bytes():
        content += piece
        if len(content) > BYTES_MAX:
            raise ValueError(f"its list of models is longer than {BYTES_MAX} bytes")
    return bytes(content)


def _headers(provider: Provider) -> dict[str, str]:
    headers = dict(provider.headers)
    match provider.auth:
        case "bearer":
            headers["authorization"] = f"Bearer {provider.secret}"
        case "x-api-key" | "api-key" | "x-goog-api-key":
            headers[provider.auth] = provider.secret
        case "client" | "none":
            pass
    if "messages" in provider.apis:
        headers.setdefault("anthropic-version", "2023-06-01")
    return headers


class _Model(msgspec.Struct):
    id: str = ""
    name: str = ""


class _Models(msgspec.Struct):
    data: list[_Model] = []
    models: list[_Model] = []


def _models(content: bytes) -> list[str]:
    try:
        said = msgspec.json.decode(content, type=_Models)
    except msgspec.MsgspecError:
        return []
    names = (one.id or one.name for one in said.data or said.models)
    return [name.removeprefix("models/") for name in names if name]


def _detail(status: int, models: list[str]) -> str:
    match status:
        case 200:
            return f"It answers, and names {len(models)} models."
        case 401 | 403:
            return "It refuses the secret. Store the right one."
        case 404:
            return "It answers, but knows no list of models there. Is the base URL right?"
        case _:
            return f"It answers {status}."


def _ms(began: float) -> float:
    return (time.monotonic() - began) * 1_000
