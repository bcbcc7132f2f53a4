"""What a request asks for, as far as rules, prices and routes read it; everything else stays bytes.

A parser of ours and the provider's must not read two different things out of one body, so a body that says
one of the things we judge twice is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from holdfast.errors import Invalid
from holdfast.record.models.dialects import GEMINI
from holdfast.record.models.offering import PROMPT
from holdfast_server.action.llm.config import Api
from holdfast_server.action.llm.exchange.apis import Path
from holdfast_server.action.llm.exchange.offering import (
    TWICE,
    Item,
    Named,
    Tool,
    Turn,
    added_to_input,
    added_to_turns,
    split,
)
from holdfast_server.action.llm.exchange.repeating import find_repeated

NO_MODEL: Final = "the request names no model"
MCP: Final = "mcp"
SEARCH: Final = "web_search"
TOO_DEEP: Final = "the body cannot be read: it is nested too deeply"


class Question(msgspec.Struct, frozen=True, gc=False):
    """A request that asks a model something."""

    api: Api
    model: str
    """As the client calls it."""
    streamed: bool = False
    limit: int | None = None
    """How long an answer may be, in tokens, when the request says so."""
    limit_name: str = ""
    """The field that says so, or would."""
    answers: int = 1
    """How many answers are wanted."""
    messages: int = 0
    tools: tuple[str, ...] = ()
    """Names of the tools that are offered and that the client runs."""
    hosted: tuple[str, ...] = ()
    """Those that the provider runs itself, one word a kind."""
    reports: bool = True
    """Whether a stream ends with its usage without being asked for it, or is asked for it by the client."""
    has_options: bool = False
    """Whether `stream_options` stands in the request."""
    free: bool = False
    """Whether it costs nothing: tokens are counted, or a file is looked at."""
    goes_on: bool = False
    """Whether it goes on with what is kept at the provider, which may offer tools that do not stand here."""

    @property
    def may_call(self) -> bool:
        """Whether the answer may call tools of the client."""
        return bool(self.tools) or self.goes_on


class _Options(msgspec.Struct, gc=False):
    include_usage: bool | None = None


class _Chat(msgspec.Struct, gc=False):
    model: str = ""
    stream: bool | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    n: int | None = None
    messages: list[msgspec.Raw] = []
    tools: list[Tool] | None = None
    functions: list[Named] | None = None
    stream_options: _Options | None = None
    web_search_options: Any = None
    plugins: Any = None


class _Responses(msgspec.Struct, gc=False):
    model: str = ""
    stream: bool | None = None
    max_output_tokens: int | None = None
    input: str | list[Item] | None = None
    tools: list[Tool] | None = None
    plugins: Any = None
    prompt: Any = None
    previous_response_id: Any = None
    conversation: Any = None


class _Messages(msgspec.Struct, gc=False):
    model: str = ""
    stream: bool | None = None
    max_tokens: int | None = None
    messages: list[Turn] = []
    tools: list[Tool] | None = None
    mcp_servers: list[Named] | None = None
    plugins: Any = None


class _Completions(msgspec.Struct, gc=False):
    model: str = ""
    stream: bool | None = None
    max_tokens: int | None = None
    n: int | None = None
    best_of: int | None = None
    stream_options: _Options | None = None


class _Embeddings(msgspec.Struct, gc=False):
    model: str = ""


class _GeminiLimits(msgspec.Struct, gc=False):
    maxOutputTokens: int | None = None  # noqa: N815  # the wire's word
    candidateCount: int | None = None  # noqa: N815  # as above


class _Gemini(msgspec.Struct, gc=False):
    tools: Any = None
    generationConfig: _GeminiLimits | None = None  # noqa: N815  # the wire's word


def read_question(path: Path, body: bytes) -> Question:
    """What a request asks for.

    Raises:
        Invalid: the body is not JSON, not an object, lacks what every request has, or says one thing twice.
    """
    try:
        found = _READERS[path.api](path, body)
        repeated = find_repeated(body) if path.api != "files" else None
    except msgspec.DecodeError as error:
        raise Invalid(f"the body cannot be read: {error}") from error
    except RecursionError as error:
        raise Invalid(TOO_DEEP) from error
    if not found.model:
        raise Invalid(NO_MODEL)
    if repeated is not None:
        raise Invalid(TWICE.format(repeated))
    if path.work == "count" or path.model == "files":
        return msgspec.structs.replace(found, limit=0, free=True)
    return found


def _chat(path: Path, body: bytes) -> Question:
    said = _decode_chat(body)
    named = said.max_completion_tokens is not None or said.max_tokens is None
    tools, hosted = split(said.tools, said.plugins)
    if said.functions:
        tools += tuple(one.name for one in said.functions)
    return Question(
        path.api,
        said.model,
        said.stream is True,
        said.max_completion_tokens if said.max_completion_tokens is not None else said.max_tokens,
        "max_completion_tokens" if named else "max_tokens",
        said.n or 1,
        len(said.messages),
        tools,
        hosted if said.web_search_options is None else (*hosted, SEARCH),
        said.stream_options is not None and said.stream_options.include_usage is True,
        said.stream_options is not None,
    )


def _responses(path: Path, body: bytes) -> Question:
    said = _decode_responses(body)
    items = said.input if isinstance(said.input, list) else None
    added = added_to_input(items, body) if items else ()
    tools, hosted = split([*(said.tools or ()), *added] if added else said.tools, said.plugins)
    if said.prompt:
        hosted += (PROMPT,)
    return Question(
        path.api,
        said.model,
        said.stream is True,
        said.max_output_tokens,
        "max_output_tokens",
        1,
        1 if items is None else len(items),
        tools,
        hosted,
        goes_on=bool(said.prompt or said.previous_response_id or said.conversation),
    )


def _messages(path: Path, body: bytes) -> Question:
    said = _decode_messages(body)
    count = len(said.messages)
    added = added_to_turns(said.messages, body)
    tools, hosted = split([*(said.tools or ()), *added] if added else said.tools, said.plugins)
    if said.mcp_servers and MCP not in hosted:
        hosted += (MCP,)
    return Question(
        path.api, said.model, said.stream is True, said.max_tokens, "max_tokens", 1, count, tools, hosted
    )


def _completions(path: Path, body: bytes) -> Question:
    said = _decode_completions(body)
    options = said.stream_options
    return Question(
        path.api,
        said.model,
        said.stream is True,
        said.max_tokens,
        "max_tokens",
        max(said.n or 1, said.best_of or 1),
        1,
        reports=options is not None and options.include_usage is True,
        has_options=options is not None,
    )


def _embeddings(path: Path, body: bytes) -> Question:
    # Nothing is answered in tokens: a limit of none.
    return Question(path.api, _decode_embeddings(body).model, limit=0)


def _gemini(path: Path, body: bytes) -> Question:
    said = _decode_gemini(body)
    limits = said.generationConfig
    body_of = {"tools": said.tools}
    tools = GEMINI.tools_of(body_of) if said.tools else ()
    return Question(
        path.api,
        path.model,
        path.streamed,
        limits.maxOutputTokens if limits else None,
        "maxOutputTokens",
        (limits.candidateCount if limits else None) or 1,
        1,
        tuple(GEMINI.tool_name(tool) for tool in tools if not GEMINI.is_hosted(tool)),
        GEMINI.hosted_words(body_of) if tools else (),
    )


def _stored(path: Path, body: bytes) -> Question:
    del body  # an upload is nobody's JSON
    return Question(path.api, path.model, limit=0)


_READERS: Final[dict[Api, Callable[[Path, bytes], Question]]] = {
    "chat": _chat,
    "responses": _responses,
    "messages": _messages,
    "completions": _completions,
    "embeddings": _embeddings,
    "gemini": _gemini,
    "files": _stored,
}
_decode_chat = msgspec.json.Decoder(_Chat).decode
_decode_responses = msgspec.json.Decoder(_Responses).decode
_decode_messages = msgspec.json.Decoder(_Messages).decode
_decode_completions = msgspec.json.Decoder(_Completions).decode
_decode_embeddings = msgspec.json.Decoder(_Embeddings).decode
_decode_gemini = msgspec.json.Decoder(_Gemini).decode
