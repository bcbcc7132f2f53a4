"""The control plane as a gateway asks it: budgets, people, and where it reports to; by HTTP, with limits."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import msgspec
import structlog

from holdfast.decision.budgets.exchange import Leased
from holdfast_server.action.llm.desk.report import NodeReport
from holdfast_server.action.llm.messages import Answered, AskPerson, Lend, Lent, UseApproval, Used
from holdfast_server.errors import Unavailable
from holdfast_server.kit.tls import trust

if TYPE_CHECKING:
    import httpx

log = structlog.get_logger(__name__)

CONNECT_S: Final = 2.0
ANSWER_S: Final = 5.0
LOOK_S: Final = 20.0
"""How long one look at a question waits for its answer."""
HEARD_S: Final = 5.0
"""After so long without a word it counts as away."""


class _Leases(msgspec.Struct, frozen=True):
    leases: tuple[Leased, ...]
    ttl_s: float = 60.0


class _Approval(msgspec.Struct, frozen=True):
    id: str
    state: str
    digest: str = ""
    edited: bool = False
    approved_arguments: dict[str, Any] | None = None
    approved_digest: str | None = None
    roles: tuple[str, ...] = ()
    answered_by: str | None = None
    note: str | None = None


class Plane:
    """One server; whoever asks gets an answer or hears that it is away."""

    def __init__(self, url: str, *, key: str) -> None:
        import httpx

        headers = {"authorization": f"Bearer {key}"} if key else {}
        timeout = httpx.Timeout(ANSWER_S, connect=CONNECT_S)
        self._client = httpx.AsyncClient(
            base_url=url, headers=headers, timeout=timeout, trust_env=False, verify=trust(url)
        )
        self._heard_at = float("-inf")
        self._trouble = ""

    @property
    def heard(self) -> bool:
        """Whether it answered lately."""
        return time.monotonic() - self._heard_at < HEARD_S

    async def lend(self, asked: Lend) -> Lent:
        """Let a worker have what it needs of budgets."""
        who = msgspec.structs.asdict(asked.borrower)
        body = who | {"asks": [msgspec.structs.asdict(one) for one in asked.asks]}
        try:
            content = await self._send("POST", "/v1/budgets/leases", body)
            found = msgspec.json.decode(content, type=_Leases)
        except (Unavailable, msgspec.MsgspecError):
            return Lent(asked.ask, None)
        return Lent(asked.ask, found.leases, found.ttl_s)

    async def ask(self, asked: AskPerson) -> Answered:
        """Ask a person, and wait for the answer as long as the worker does."""
        ends = time.monotonic() + asked.wait_s
        try:
            found = _read(await self._send("POST", "/v1/approvals", asked.request))
            while found.state == "pending" and (left := ends - time.monotonic()) > 0:
                query = {"wait_s": min(left, LOOK_S)}
                path = f"/v1/approvals/{quote(found.id, safe='')}"
                found = _read(await self._send("GET", path, query=query, wait_s=LOOK_S))
        except (Unavailable, msgspec.MsgspecError):
            return Answered(asked.ask, "away")
        said: Any = found.state
        return Answered(
            asked.ask,
            said,
            approval=found.id,
            digest=found.approved_digest or found.digest,
            arguments=found.approved_arguments if found.edited else None,
            roles=found.roles,
            by=found.answered_by or "",
            note=found.note or "",
        )

    async def use(self, asked: UseApproval) -> Used:
        """Spend an approval."""
        path = f"/v1/approvals/{quote(asked.approval, safe='')}/use"
        try:
            await self._send("POST", path, {"digest": asked.digest, "step": asked.step})
        except Unavailable:
            return Used(asked.ask, ok=False)
        return Used(asked.ask, ok=True)

    async def seen(self, process: str, kill: str, latency_ms: float) -> None:
        """Say that a kill was taken in; whether that arrives changes nothing."""
        body = {"process": process, "kill": kill, "latency_ms": latency_ms}
        try:
            await self._send("POST", "/v1/control/seen", body)
        except Unavailable:
            return

    async def report(self, report: NodeReport) -> bool:
        """Say how everything does; whether it arrived."""
        try:
            path = f"/v1/gateway/nodes/{quote(report.name, safe='')}"
            await self._send("PUT", path, report)
        except Unavailable as error:
            if not self._trouble:
                log.warning("gateway_cannot_report", error=error.message)
            self._trouble = error.message
            return False
        self._trouble = ""
        return True

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.aclose()

    async def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | msgspec.Struct | None = None,
        *,
        query: Mapping[str, Any] | None = None,
        wait_s: float = 0,
    ) -> bytes:
        """The answer's body; `Unavailable` for anything that is none."""
        import httpx

        timeout = httpx.Timeout(ANSWER_S + wait_s, connect=CONNECT_S)
        content = None if body is None else msgspec.json.encode(body)
        headers = {"content-type": "application/json"} if body is not None else None
        try:
            answer = await self._client.request(
                method, path, content=content, params=query, headers=headers, timeout=timeout
            )
        except (httpx.HTTPError, OSError) as error:
            raise Unavailable(f"the control plane does not answer: {error}") from error
        if answer.status_code < 500:
            self._heard_at = time.monotonic()
        if answer.status_code >= 400:
            raise Unavailable(f"the control plane answered {answer.status_code}: {_told(answer)}")
        return answer.content


def _read(content: bytes) -> _Approval:
    return msgspec.json.decode(content, type=_Approval)


def _told(answer: httpx.Response) -> str:
    return answer.text[:200]
