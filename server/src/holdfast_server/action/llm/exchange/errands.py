"""Calls that the gateway makes by itself to help with a client's: judged, paid for and recorded like it.

A route that compares questions by meaning may ask an embeddings endpoint what they mean. That costs money
and sends words to a provider, so it is a step of the same run, by the same agent, under the same rules.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from typing import TYPE_CHECKING, Any, Final

import msgspec

from holdfast.errors import Unavailable
from holdfast_server.action.llm.caches.embedding import Post
from holdfast_server.action.llm.exchange.asking import Question
from holdfast_server.action.llm.exchange.call import Call
from holdfast_server.action.llm.exchange.house import House
from holdfast_server.action.llm.exchange.identity import Caller, Place, Said
from holdfast_server.action.llm.seam import Again, Headers, Reply, Request, Send, Upstream

if TYPE_CHECKING:
    import httpx

    from holdfast_server.action.llm.exchange.step import Step

TARGET: Final = b"/v1/embeddings"
SAID: Final = ((b"content-type", b"application/json"),)
WAIT_S: Final = 10.0
BYTES_MAX: Final = 4 * 1024 * 1024


class Errands:
    """Sends what the gateway asks by itself, over connections of its own."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._clients: dict[str, httpx.AsyncClient] = {}

    def post_as(self, caller: Caller, place: Place) -> Post:
        """Ask embeddings endpoints for an agent, in its run; what its key may name does not matter here."""
        unbound = Caller(msgspec.structs.replace(caller.key, models=()))

        async def post(model: str, body: bytes) -> bytes:
            reply = await self._run(model, body, unbound, place)
            if reply.status != 200:
                raise Unavailable(f"{model} answered {reply.status}")
            return reply.body

        return post

    async def close(self) -> None:
        """Let the connections go."""
        for client in self._clients.values():
            await client.aclose()

    async def _run(self, model: str, body: bytes, caller: Caller, place: Place) -> Reply:
        plan = self._house.router.targets(model, "embeddings", now_ns=time.time_ns())
        if plan is None:
            raise Unavailable(f"nobody here makes embeddings with {model}")
        headers: Headers = list(SAID)
        call = Call(
            self._house,
            Request(b"POST", TARGET, headers, body, "", time.monotonic_ns()),
            Question("embeddings", model, limit=0),
            caller=caller,
            said=Said(headers, TARGET),
            place=place,
            plan=plan,
            begun=_nobody,
            ended=_nobody,
        )
        try:
            async with asyncio.timeout(WAIT_S):
                return await self._drive(call)
        except (asyncio.CancelledError, TimeoutError):
            call.gone()
            raise

    async def _drive(self, call: Call) -> Reply:
        while True:
            made = call.next()
            sent = made if isinstance(made, Send | Reply) else await made
            if isinstance(sent, Reply):
                return sent
            try:
                status, headers, body = await self._send(sent)
            except Unavailable as error:
                failed = call.failed("reset", error.message)
                if isinstance(failed, Reply):
                    return failed
                continue
            if isinstance(call.head(status, headers), Again):
                continue
            read = call.whole(status, headers, body)
            found = read if isinstance(read, Reply | Again) else await read
            if isinstance(found, Reply):
                return found

    async def _send(self, sent: Send) -> tuple[int, Headers, bytes]:
        upstream = sent.upstream
        client = self._clients.get(upstream.ca_file)
        if client is None:
            made = await asyncio.to_thread(_open_client, upstream)
            client = self._clients.setdefault(upstream.ca_file, made)
        try:
            return await _ask(client, sent)
        except (_httpx().HTTPError, OSError) as error:
            raise Unavailable(f"{upstream.name} did not answer: {error}") from error


def _nobody(_: Call, __: Step | None = None) -> None:
    """An errand is followed by nobody but who runs it."""


async def _ask(client: httpx.AsyncClient, sent: Send) -> tuple[int, Headers, bytes]:
    upstream = sent.upstream
    scheme = "https" if upstream.tls else "http"
    url = f"{scheme}://{upstream.host}:{upstream.port}{sent.target.decode('latin-1')}"
    body = bytearray()
    async with client.stream(sent.method.decode(), url, headers=sent.headers, content=sent.body) as answer:
        async for piece in answer.aiter_raw():
            body += piece
            if len(body) > BYTES_MAX:
                raise Unavailable(f"{upstream.name} answered with more than {BYTES_MAX} bytes")
        return answer.status_code, answer.headers.raw, bytes(body)


def _open_client(upstream: Upstream) -> httpx.AsyncClient:
    """One for each set of authorities; made in a thread, because reading those takes its time."""
    verify = ssl.create_default_context(cafile=upstream.ca_file or None)
    return _httpx().AsyncClient(timeout=WAIT_S, verify=verify, trust_env=False)


def _httpx() -> Any:
    """Loaded when an endpoint is first asked; most workers never do."""
    import httpx

    return httpx
