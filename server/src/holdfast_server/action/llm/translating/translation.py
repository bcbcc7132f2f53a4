"""One call between a client that speaks one API and a model that speaks another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from holdfast.errors import Invalid
from holdfast.record import models
from holdfast.record.models import Dialect, Why
from holdfast.record.models.dialects import GEMINI
from holdfast.record.models.parts import Json, mapping, read_json
from holdfast.record.models.streams import EventReader
from holdfast.record.usage import Usage
from holdfast_server.action.llm.translating.chat import answers as chat_answers
from holdfast_server.action.llm.translating.chat import reading as chat_reading
from holdfast_server.action.llm.translating.chat import streams as chat_streams
from holdfast_server.action.llm.translating.chat import writing as chat_writing
from holdfast_server.action.llm.translating.form import Answer, Api, Counted, Ended, Event, Failed, Request
from holdfast_server.action.llm.translating.framing import failure
from holdfast_server.action.llm.translating.gemini import answers as gemini_answers
from holdfast_server.action.llm.translating.gemini import writing as gemini_writing
from holdfast_server.action.llm.translating.messages import answers as messages_answers
from holdfast_server.action.llm.translating.messages import reading as messages_reading
from holdfast_server.action.llm.translating.messages import streams as messages_streams
from holdfast_server.action.llm.translating.messages import writing as messages_writing
from holdfast_server.action.llm.translating.responses import answers as responses_answers
from holdfast_server.action.llm.translating.responses import reading as responses_reading
from holdfast_server.action.llm.translating.responses import streams as responses_streams
from holdfast_server.action.llm.translating.responses import writing as responses_writing
from holdfast_server.action.llm.translating.streaming import Reader, Writer

TOKENS_OUT: Final = 4_096
"""The limit of an answer where an API must have one and nobody names one."""
DONE: Final = b"[DONE]"
LAST_BYTES: Final = 64
"""Where the mark of the end is looked for."""
_encode: Final = msgspec.json.Encoder().encode


READ_REQUEST: Final[dict[Api, Callable[[Any], Request]]] = {
    "chat": chat_reading.read_request,
    "responses": responses_reading.read_request,
    "messages": messages_reading.read_request,
}
READ_ANSWER: Final[dict[Api, Callable[[Json], Answer]]] = {
    "chat": chat_answers.read_answer,
    "responses": responses_answers.read_answer,
    "messages": messages_answers.read_answer,
    "gemini": gemini_answers.read_answer,
}
WRITE_ANSWER: Final[dict[Api, Callable[[Answer], Json]]] = {
    "chat": chat_answers.write_answer,
    "responses": responses_answers.write_answer,
    "messages": messages_answers.write_answer,
}
READER: Final[dict[Api, Callable[[], Reader]]] = {
    "chat": chat_streams.ChatReader,
    "responses": responses_streams.ResponsesReader,
    "messages": messages_streams.MessagesReader,
    "gemini": gemini_answers.GeminiReader,
}
DIALECT: Final[dict[Api, Dialect]] = {
    "chat": models.CHAT,
    "responses": models.RESPONSES,
    "messages": models.MESSAGES,
    "gemini": GEMINI,
}


def can_translate(client: str, upstream: str) -> bool:
    """Whether a client of one API can be answered by a model of another."""
    return client != upstream and client in READ_REQUEST and upstream in READ_ANSWER


def write_request(request: Request, api: Api, *, tokens_out: int = TOKENS_OUT) -> tuple[str, Json]:
    """Path and body of a request in an API.

    Raises:
        Untranslatable: it asks for what the API does not have.
    """
    match api:
        case "chat":
            return chat_writing.PATH, chat_writing.write_request(request)
        case "responses":
            return responses_writing.PATH, responses_writing.write_request(request)
        case "messages":
            return messages_writing.PATH, messages_writing.write_request(request, limit=tokens_out)
        case "gemini":
            return gemini_writing.path_of(request), gemini_writing.write_request(request)


def writer_of(client: Api, *, counted: bool) -> Writer:
    """Who writes the stream of a client; chats report their usage only when they are asked to."""
    match client:
        case "responses":
            return responses_streams.ResponsesWriter()
        case "messages":
            return messages_streams.MessagesWriter()
        case _:
            return chat_streams.ChatWriter(counted=counted)


class Translation:
    """What is sent in the place of a client's request, and what it gets for the answer."""

    def __init__(
        self,
        client: Api,
        upstream: Api,
        body: Json,
        *,
        model: str,
        limit: int | None = None,
        tokens_out: int = TOKENS_OUT,
    ) -> None:
        """Translate a request.

        Args:
            client: the API it came in.
            upstream: the API of the model.
            body: the request as data.
            model: what the model is called upstream.
            limit: the limit of the answer in the place of the request's own, where rules or budgets say so.
            tokens_out: the limit of the answer where one must be named and the request names none.

        Raises:
            Invalid: the request is not of the right shape.
            Untranslatable: something in it has no place in the other API; nothing is left out silently.
        """
        self._client: Api = client
        self._upstream: Api = upstream
        asked = READ_REQUEST[client](body)
        self._asked = msgspec.structs.replace(
            asked, model=model, limit=asked.limit if limit is None else limit
        )
        self.path, sent = write_request(self._asked, upstream, tokens_out=tokens_out)
        self.body = _encode(sent)
        """What is sent, as bytes."""

    def answer(self, status: int, body: bytes) -> bytes:
        """A whole answer, or an error, in the client's API; the status stays as it is.

        Raises:
            Untranslatable: the answer holds what the client's API cannot say.
            Invalid: the answer is none.
        """
        found = read_json(body)
        if status >= 400:
            failed = failure(mapping(found))
            return _encode(DIALECT[self._client].refusal(failed.message, failed.code, status))
        if not isinstance(found, dict):
            raise Invalid("the provider's answer is no JSON object")
        return _encode(WRITE_ANSWER[self._client](READ_ANSWER[self._upstream](mapping(found))))

    def stream(self) -> Stream:
        """A streamed answer that is about to come."""
        return Stream(READER[self._upstream](), writer_of(self._client, counted=self._asked.counted))


class Stream:
    """One streamed answer on its way: bytes of one API in, bytes of another out."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader, self._writer = reader, writer
        self._events = EventReader(self._take)
        self._made: list[bytes] = []
        self._last = b""
        self.over = False
        """Whether it has ended, well or not: nothing follows."""

    def feed(self, data: bytes) -> bytes:
        """Some bytes as they came; what the client gets for them."""
        if not self.over:
            self._last = (self._last + data)[-LAST_BYTES:]
            self._guarded(lambda: self._events.feed(data))
        return self._taken()

    def finish(self) -> bytes:
        """The upstream is through. If its answer is not, the client is told so by an error."""
        if not self.over:
            self._guarded(self._finish)
        if not self.over:
            self._write(Failed("the provider's answer ended before its end", "upstream_incomplete"))
        return self._taken()

    def cut(self, usage: Usage, why: Why) -> bytes:
        """End it here, as if the model had: no room is left, or what follows may not be seen."""
        if not self.over:
            self._write(Counted(usage))
            self._write(Ended("length" if why == "length" else "filter"))
        return self._taken()

    def fail(self, message: str, code: str, status: int = 502) -> bytes:
        """End it here with an error."""
        if not self.over:
            self._write(Failed(message, code, status))
        return self._taken()

    def _finish(self) -> None:
        self._events.finish()
        for event in self._reader.end(marked=DONE in self._last):
            self._write(event)

    def _guarded(self, step: Callable[[], None]) -> None:
        """What the provider sends may be anything; what the client's API cannot say ends the stream."""
        try:
            step()
        except Invalid as error:
            self._write(Failed(str(error), error.code))

    def _take(self, event: Json) -> None:
        for one in self._reader.read(event):
            self._write(one)

    def _write(self, event: Event) -> None:
        if self.over:
            return
        self.over = isinstance(event, Ended | Failed)
        self._made.append(self._writer.write(event))

    def _taken(self) -> bytes:
        made = b"".join(self._made)
        self._made.clear()
        return made
