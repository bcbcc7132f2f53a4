"""Model calls through a gateway of Holdfast: it is told whose they are, and what they cost counts there.

A gateway is known by the virtual key that the request carries. It holds, settles and records the call itself;
were it counted here as well, every dollar would be spent twice.
"""

from __future__ import annotations

from typing import Any, Final

from holdfast.guard import Step

KEY: Final = "hf-"
CREDENTIALS: Final = ("authorization", "x-api-key", "api-key", "x-goog-api-key", "x-holdfast-key")
STEP: Final = "x-holdfast-step"


def goes_through(request: Any) -> bool:
    """Whether a request is for a gateway of ours."""
    headers = request.headers
    return any(headers.get(name, "").removeprefix("Bearer ").startswith(KEY) for name in CREDENTIALS)


def tell(request: Any, step: Step) -> None:
    """Say which run, session and step a call belongs to; only to a gateway of ours."""
    if not goes_through(request):
        return
    action, headers = step.action, request.headers
    headers["x-holdfast-run"] = action.run
    headers["x-holdfast-session"] = action.session
    headers[STEP] = action.id
    headers.setdefault("traceparent", f"00-{action.trace}-{action.id}-01")


def counted_by(request: Any, response: Any) -> str:
    """The step under which a gateway of ours counted a call; empty when none did."""
    return response.headers.get(STEP, "") if goes_through(request) else ""
