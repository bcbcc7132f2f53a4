"""An optional second opinion: a model reads the acts and names one.

Off unless a base URL is set. What is sent is bounded and was redacted when it was stored; what comes back is
shown beside the evidence and never mixed into its ranking.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final, Protocol

import msgspec

from holdfast_server.errors import Unavailable
from holdfast_server.insight.attribution.act import Act
from holdfast_server.settings import Attribution as JudgeSettings

REASON_MAX: Final = 500
ACT_CHARS: Final = 400
ANSWER_TOKENS: Final = 300
ANSWER_BYTES_MAX: Final = 256 * 1024
ASKED: Final = (
    "A run of an agent failed. Its acts follow, numbered. Name the one act whose correction would most "
    'likely have made the run succeed. Answer with JSON only: {"act": <number>, "reason": "<one sentence>"}'
)


class Opinion(msgspec.Struct, frozen=True):
    """Which act a judge holds for the turn, and why."""

    model: str
    place: int | None
    """Where it stands among the acts; None when it named none that exists."""
    reason: str


class Judge(Protocol):
    """Reads the acts of a failed run and names one."""

    async def judge(self, acts: Sequence[Act]) -> Opinion:
        """The judge's opinion.

        Raises:
            Unavailable: nobody could be asked, or the answer could not be read.
        """
        ...


class _Verdict(msgspec.Struct):
    act: int
    reason: str = ""


class ModelJudge:
    """Asks a model over an OpenAI-compatible interface; one question at a time."""

    def __init__(self, settings: JudgeSettings) -> None:
        self._settings = settings
        self._turn = asyncio.Semaphore(1)

    async def judge(self, acts: Sequence[Act]) -> Opinion:
        """The model's opinion."""
        async with self._turn:
            said = await self._ask(tell(acts, chars_max=self._settings.judge_chars))
        try:
            verdict = msgspec.json.decode(said[said.index("{") : said.rindex("}") + 1], type=_Verdict)
        except (ValueError, msgspec.MsgspecError) as error:
            raise Unavailable("the judge did not answer with an act", hint="Try another model.") from error
        place = verdict.act if 0 <= verdict.act < len(acts) else None
        return Opinion(self._settings.judge_model, place, verdict.reason[:REASON_MAX])

    async def _ask(self, told: str) -> str:
        import httpx  # only who asks needs it

        body = {
            "model": self._settings.judge_model,
            "messages": [{"role": "system", "content": ASKED}, {"role": "user", "content": told}],
            "max_tokens": ANSWER_TOKENS,
            "temperature": 0,
        }
        key = self._settings.judge_key
        headers = {"authorization": f"Bearer {key}"} if key else {}
        url = f"{self._settings.judge_url.rstrip('/')}/chat/completions"
        try:
            async with httpx.AsyncClient(timeout=self._settings.judge_timeout_s) as client:
                answer = await client.post(url, json=body, headers=headers)
            answer.raise_for_status()
            found: Any = msgspec.json.decode(answer.content[:ANSWER_BYTES_MAX])
            return str(found["choices"][0]["message"]["content"])
        except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
            raise Unavailable(
                f"the judge cannot be asked: {type(error).__name__}", hint="Look at attribution.judge_url."
            ) from error


def tell(acts: Sequence[Act], *, chars_max: int) -> str:
    """The acts as a judge reads them; of a run that is too long the middle is left out."""
    lines = [_line(place, act) for place, act in enumerate(acts)]
    if sum(map(len, lines)) <= chars_max:
        return "\n".join(lines)
    head, tail, left = list[str](), list[str](), chars_max
    first, last = 0, len(lines) - 1
    while first <= last:
        from_head = len(head) <= len(tail)
        line = lines[first if from_head else last]
        if len(line) > left:
            break
        (head if from_head else tail).append(line)
        first, last, left = first + from_head, last - (not from_head), left - len(line)
    return "\n".join([*head, f"… {last - first + 1} acts are left out …", *reversed(tail)])


def _line(place: int, act: Act) -> str:
    asked = f" {act.target}({act.asked[:ACT_CHARS]})" if act.kind in {"call", "delegate"} else ""
    came = act.error or act.refused or act.result or act.text
    return f"[{place}] {act.agent} {act.kind}{asked}: {' '.join(came[:ACT_CHARS].split())}"
