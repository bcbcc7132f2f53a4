"""The person at the screen, for scripts: finds what waits and answers it over REST, as the console does."""

from __future__ import annotations

import threading
import time
from typing import Any, Final, Self

import httpx

ASK_WAIT_S: Final = 60.0
POLL_S: Final = 0.1

LONG_POLL_S: Final = 5.0

Approval = dict[str, Any]
"""An approval as the API shows it."""


class Person:
    """Somebody entitled to answer, at one server."""

    def __init__(self, server: str, name: str) -> None:
        self._name = name
        self._api = httpx.Client(base_url=server + "/v1", timeout=10.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._api.close()

    def find_waiting(self, session: str, *, given_up: threading.Event) -> Approval | None:
        """The pending approval of a session; waits for it to be asked, until the asker has given up."""
        deadline = time.monotonic() + ASK_WAIT_S
        while not given_up.wait(POLL_S) and time.monotonic() < deadline:
            page = self._api.get("/approvals", params={"state": "pending"}).raise_for_status().json()
            found = (item for item in page["items"] if item["session"] == session)
            if approval := next(found, None):
                return approval
        return None

    def get(self, approval_id: str, *, wait_s: float = 0) -> Approval:
        """One approval as it stands, after waiting a little for its answer."""
        return self._api.get(f"/approvals/{approval_id}", params={"wait_s": wait_s}).raise_for_status().json()

    def approve(self, approval: Approval, arguments: dict[str, Any] | None = None) -> Approval:
        """Approve a call, with other arguments if given."""
        return self._answer(approval, {"verdict": "approve", "arguments": arguments})

    def refuse(self, approval: Approval, note: str) -> Approval:
        """Refuse a call and say why."""
        return self._answer(approval, {"verdict": "refuse", "note": note})

    def _answer(self, approval: Approval, answer: dict[str, Any]) -> Approval:
        body = {key: value for key, value in answer.items() if value is not None}
        path = f"/approvals/{approval['id']}/answer"
        return self._api.post(path, json={**body, "by": self._name}).raise_for_status().json()


def await_answer(server: str, approval_id: str, *, wait_s: float) -> None:
    """Return when a person has answered or time is up; a server that is away for a while is waited for."""
    deadline = time.monotonic() + wait_s
    with Person(server, "") as asker:
        while time.monotonic() < deadline:
            try:
                if asker.get(approval_id, wait_s=LONG_POLL_S)["state"] != "pending":
                    return
            except httpx.HTTPError:
                time.sleep(POLL_S)
