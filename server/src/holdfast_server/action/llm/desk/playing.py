"""The playground: a call through the gateway as somebody else, by a key that lives for some minutes.

What is tried there takes the same way as any call, so what it shows is what would happen.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import msgspec

from holdfast_server.action.llm.config import Api
from holdfast_server.action.llm.desk.status import Played, PlayedDecision, PlayedReason, PlaygroundAsk
from holdfast_server.errors import Invalid, Unavailable

PATHS: Final[dict[Api, str]] = {
    "chat": "/v1/chat/completions",
    "responses": "/v1/responses",
    "messages": "/v1/messages",
    "embeddings": "/v1/embeddings",
    "completions": "/v1/completions",
}
ANSWER_S: Final = 180.0
KNOWN_S: Final = 2.0
"""Within how long a new key reaches every worker."""
AGAIN_S: Final = 0.05
ANSWER_BYTES_MAX: Final = 8 * 1024 * 1024


async def play(url: str, secret: str, asked: PlaygroundAsk) -> Played:
    """Send a call and read what comes back, streams included.

    Raises:
        Invalid: the API has no playground.
        Unavailable: the gateway does not answer.
    """
    import httpx  # only who asks needs it

    path, body = _address(asked)
    headers = {"authorization": f"Bearer {secret}", "content-type": "application/json"}
    if asked.api == "messages":
        headers |= {"anthropic-version": "2023-06-01"}
    began = time.monotonic()
    try:
        async with httpx.AsyncClient(base_url=url, timeout=ANSWER_S, trust_env=False) as client:
            while True:
                answer = await client.post(path, json=body, headers=headers)
                if answer.status_code != 401 or time.monotonic() - began > KNOWN_S:
                    break
                await asyncio.sleep(AGAIN_S)
    except httpx.HTTPError as error:
        raise Unavailable(f"the gateway at {url} does not answer: {error}", retry_after_s=2) from error
    took_ms = (time.monotonic() - began) * 1_000
    content = answer.content[:ANSWER_BYTES_MAX]
    return Played(
        status=answer.status_code,
        decision=_decision(answer.headers, content),
        body=_read(content),
        headers=dict(answer.headers),
        ms=took_ms,
    )


def _address(asked: PlaygroundAsk) -> tuple[str, dict[str, Any]]:
    if asked.api == "gemini":
        return f"/v1beta/models/{quote(asked.route, safe='')}:generateContent", asked.body
    if asked.api not in PATHS:
        raise Invalid(f"{asked.api} has no playground", hint=f"Use {', '.join(PATHS)} or gemini.")
    return PATHS[asked.api], asked.body | {"model": asked.route}


def _read(content: bytes) -> Any:
    try:
        return msgspec.json.decode(content)
    except msgspec.DecodeError:
        return content.decode("utf-8", "replace")


class _Told(msgspec.Struct):
    step: str = ""
    verdict: str = ""
    reasons: list[dict[str, str]] = []


class _Refusal(msgspec.Struct):
    holdfast: _Told = msgspec.field(default_factory=_Told)


def _decision(headers: Mapping[str, str], content: bytes) -> PlayedDecision | None:
    """From the headers; a refusal says more in its body."""
    try:
        told = msgspec.json.decode(content, type=_Refusal).holdfast
    except msgspec.MsgspecError:
        told = _Told()
    verdict = headers.get("x-holdfast-decision", "") or told.verdict
    if not verdict:
        return None
    reasons = ({name: one.get(name, "") for name in PlayedReason.model_fields} for one in told.reasons)
    return PlayedDecision.model_validate({
        "step": headers.get("x-holdfast-step", "") or told.step,
        "run": headers.get("x-holdfast-run", ""),
        "verdict": verdict,
        "reasons": [PlayedReason(**one) for one in reasons],
    })  # fmt: skip
