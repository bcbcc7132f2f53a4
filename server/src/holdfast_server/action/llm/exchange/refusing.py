"""Errors in the words of the API that the client speaks, so that its library raises what its user expects.

A denial is 403 and asks for no retry; a spent budget is no 429, because every client repeats those.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from holdfast.record import models
from holdfast.record.models import Dialect
from holdfast.record.models.dialects import COMPLETIONS, EMBEDDINGS, GEMINI
from holdfast_server.action.llm.config import Api
from holdfast_server.action.llm.seam import Headers, Reply

JSON: Final = (b"content-type", b"application/json")
NO_RETRY: Final = (b"x-should-retry", b"false")
PASSING: Final = frozenset({408, 429, 500, 502, 503, 504})
"""What may be well in a moment: clients may try again."""
BUDGET_SPENT: Final = "holdfast_budget_spent"
"""The code of a refusal that no retry can help: raise the budget, or wait until it begins anew."""
DIALECTS: Final[dict[Api, Dialect]] = {
    "chat": models.CHAT,
    "responses": models.RESPONSES,
    "messages": models.MESSAGES,
    "gemini": GEMINI,
    "completions": COMPLETIONS,
    "embeddings": EMBEDDINGS,
    "files": models.CHAT,
}
_encode = msgspec.json.Encoder().encode


class Refusal(Exception):
    """The request ends here, with this error."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def refuse(
    api: Api,
    status: int,
    code: str,
    message: str,
    *,
    headers: Headers | None = None,
    more: dict[str, Any] | None = None,
) -> Reply:
    """A whole answer that is an error.

    Args:
        api: what the client speaks.
        status: of HTTP.
        code: what programs read.
        message: what people and models read; no policy internals.
        headers: what else the head says.
        more: what stands beside the error in the body.
    """
    body = DIALECTS[api].refusal(message, code, status)
    head = [JSON] if status in PASSING else [JSON, NO_RETRY]
    return Reply(status, head + (headers or []), _encode({**body, **(more or {})}))


def error_event(api: Api, status: int, code: str, message: str, *, number: int) -> bytes:
    """The last words of a stream that cannot go on: an error that its client's library raises."""
    return models.error_event(DIALECTS[api], message, code, status, number=number)
