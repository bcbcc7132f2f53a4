"""The scripted provider as a context manager: a real HTTP server in a background thread."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, Self

from holdfast.testing.provider import http
from holdfast.testing.provider.answer import Answer, compose
from holdfast.testing.provider.chat import Chat
from holdfast.testing.provider.conversation import Conversation, Json
from holdfast.testing.provider.dialect import Asked, Dialect
from holdfast.testing.provider.gemini import Gemini
from holdfast.testing.provider.messages import Messages
from holdfast.testing.provider.responses import Responses
from holdfast.testing.provider.scenario import Fault, Reply, Rule, Scenario
from holdfast.testing.provider.script import Script, Stats

REQUESTS_KEPT: Final = 1000
LINE_BYTES_MAX: Final = 1024 * 1024
START_WAIT_S: Final = 10.0


class Seen(NamedTuple):
    """A request the provider received, for tests to look at."""

    api: str
    model: str
    stream: bool
    rule: str
    headers: dict[str, str]
    """Without credentials."""
    body: Json


class ScriptedProvider:
    """A model provider that says what it was told to, over real HTTP, in four dialects.

    ```python
    with ScriptedProvider(turns(call("look_up", order="A-1"), say("It is on its way."))) as provider:
        client = OpenAI(base_url=provider.openai_url, api_key="unused")
    ```

    Args:
        scenario: a `Scenario`, parsed JSON of one, or its rules; without one every answer is `ok`.
        port: 0 picks a free one.
    """

    def __init__(
        self, scenario: Scenario | Mapping[str, Any] | Iterable[Rule] | None = None, *, port: int = 0
    ) -> None:
        self.stats = Stats()
        self.requests: deque[Seen] = deque(maxlen=REQUESTS_KEPT)
        self._script = Script(Scenario.of(scenario))
        self._dialects: tuple[Dialect, ...] = (Chat(), Responses(), Messages(), Gemini())
        self._port = port
        self._ready = threading.Event()
        self._failed: OSError | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="scripted-provider", daemon=True)

    @property
    def url(self) -> str:
        """The root; Anthropic and Gemini clients take it as their base URL."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def openai_url(self) -> str:
        """The base URL for OpenAI clients."""
        return self.url + "/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(START_WAIT_S) or self._failed:
            raise self._failed or TimeoutError("the scripted provider did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    def _run(self) -> None:
        with contextlib.closing(self._loop):
            self._loop.run_until_complete(self._serve())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())

    async def _serve(self) -> None:
        self._closing = asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()
        try:
            server = await asyncio.start_server(
                self._connected, "127.0.0.1", self._port, limit=LINE_BYTES_MAX
            )
        except OSError as error:
            self._failed = error
            self._ready.set()
            return
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._closing.wait()
        server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._converse(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests until either side has had enough."""
        try:
            while request := await http.read_request(reader, writer):
                stays = await self._route(request, writer)
                await writer.drain()
                if not (stays and request.keep_alive):
                    return
        except http.BadRequest as bad:
            http.write_body(writer, 400, {"error": {"message": str(bad)}})
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client left; nobody is waiting for an answer
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _route(self, request: http.Request, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False closes the connection."""
        if request.method != "POST":
            http.write_body(writer, 200, {"object": "list", "data": []})
            return True
        body = _parse(request.body)
        for dialect in self._dialects:
            if asked := dialect.asked(request.path, body):
                return await self._answer(dialect, asked, request, body, writer)
        http.write_body(writer, 404, {"error": {"message": f"no dialect answers {request.path}"}})
        return True

    async def _answer(
        self, dialect: Dialect, asked: Asked, request: http.Request, body: Json, writer: asyncio.StreamWriter
    ) -> bool:
        conversation = Conversation(dialect.name, body, request.headers, asked.model, asked.stream)
        dialect.read(conversation)
        rule, reply = self._script.choose(conversation)
        self._note(conversation, rule)
        if reply.hang_ms is not None:
            self.stats.hung += 1
            await asyncio.sleep(self._script.seconds(reply.hang_ms))
            return False
        await asyncio.sleep(self._script.seconds(reply.latency_ms))
        if reply.error is not None:
            return self._fail(dialect, reply.error, writer)
        answer = compose(conversation, reply, answer_id=self._script.new_id(), created=int(time.time()))
        self.stats.count(answer)
        if asked.stream:
            return await self._stream(dialect, answer, reply, writer)
        if reply.drop_after_chunks is not None:
            self.stats.dropped += 1
            http.write_half_a_body(writer)
            return False
        http.write_body(writer, 200, dialect.whole(answer), _request_id(answer))
        return True

    def _note(self, conversation: Conversation, rule: str) -> None:
        self.stats.requests += 1
        self.stats.first_at_ns = self.stats.first_at_ns or time.time_ns()
        self.stats.by_api[conversation.api] += 1
        self.stats.by_rule[rule] += 1
        headers = {k: v for k, v in conversation.headers.items() if k not in ("authorization", "x-api-key")}
        self.requests.append(
            Seen(conversation.api, conversation.model, conversation.stream, rule, headers, conversation.body)
        )

    def _fail(self, dialect: Dialect, fault: Fault, writer: asyncio.StreamWriter) -> bool:
        self.stats.errors[fault.status] += 1
        headers = {} if fault.retry_after is None else {"retry-after": f"{fault.retry_after:g}"}
        http.write_body(writer, fault.status, dialect.error(fault), headers)
        return True

    async def _stream(
        self, dialect: Dialect, answer: Answer, reply: Reply, writer: asyncio.StreamWriter
    ) -> bool:
        http.open_event_stream(writer, _request_id(answer))
        left = reply.drop_after_chunks
        try:
            for piece in dialect.stream(answer):
                if piece.paced:
                    if left == 0:
                        self.stats.dropped += 1
                        return False
                    left = None if left is None else left - 1
                    await asyncio.sleep(self._script.seconds(reply.chunk_interval_ms))
                await http.write_chunk(writer, piece.data)
            await http.write_chunk(writer, b"")
        except ConnectionError:
            self.stats.aborted_streams += 1
            return False
        return True


def _parse(raw: bytes) -> Json:
    try:
        body = json.loads(raw or b"{}")
    except ValueError:
        raise http.BadRequest("the body is not JSON") from None
    if not isinstance(body, dict):
        raise http.BadRequest("the body is not a JSON object")
    return body  # pyright: ignore[reportUnknownVariableType]  # JSON


def _request_id(answer: Answer) -> dict[str, str]:
    return {"x-request-id": "req_" + answer.id, "request-id": "req_" + answer.id}
