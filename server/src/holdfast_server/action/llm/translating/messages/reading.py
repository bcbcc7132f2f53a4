"""A request of Messages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final, cast

from holdfast_server.action.llm.translating.chat.reading import effort_named
from holdfast_server.action.llm.translating.fields import Fields
from holdfast_server.action.llm.translating.form import (
    Call,
    Choice,
    Effort,
    File,
    Format,
    Image,
    Message,
    Part,
    Request,
    Result,
    Text,
    Thought,
    Tool,
)
from holdfast_server.action.llm.translating.losses import LEFT_OUT
from holdfast_server.action.llm.translating.seals import opened

ONLY_MESSAGES: Final = "only `messages` has it"
_CACHED: Final = frozenset({"cache_control"})


def read_request(body: Any) -> Request:
    """Read what is asked.

    Raises:
        Invalid: it is not of the right shape.
        Untranslatable: no other API can be asked that.
    """
    said = Fields(body)
    for name in ("container", "mcp_servers"):
        said.refuse(name, ONLY_MESSAGES)
    system = tuple(_system(said))
    choice, parallel = _choice(said.inner("tool_choice"))
    effort, budget = _thinking(said.inner("thinking"))
    config = said.inner("output_config")
    user = said.inner("metadata")
    request = Request(
        model=said.text("model"),
        messages=(*([Message("system", system)] if system else []), *map(_message, said.items("messages"))),
        tools=tuple(_tool(one) for one in said.items("tools")),
        choice=choice,
        parallel=parallel,
        limit=said.read("max_tokens", int),
        temperature=said.number("temperature"),
        top_p=said.number("top_p"),
        top_k=said.read("top_k", int),
        stop=said.texts("stop_sequences"),
        effort=_effort(config) or effort,
        budget=budget,
        format=_format(config.inner("format")) or _format(said.inner("output_format")),
        streamed=said.read("stream", bool) is True,
        user=user.text("user_id"),
    )
    config.done()
    user.done()
    said.done({*LEFT_OUT["messages"], *_CACHED})
    return request


def _system(said: Fields) -> Iterator[Text]:
    system = said.take("system")
    if isinstance(system, str):
        yield Text(system)
        return
    for block in Fields({"system": system}).items("system"):
        yield Text(block.text("text"))
        block.take("type")
        block.done(_CACHED)


def _message(said: Fields) -> Message:
    role = said.text("role")
    if role not in {"user", "assistant", "system"}:
        raise said.stop("role", f"`{role[:20]}` is no role that other APIs know")
    content = said.take("content")
    if isinstance(content, str):
        parts: tuple[Part, ...] = (Text(content),)
    else:
        parts = tuple(_blocks(Fields({"content": content}, said.at)))
    said.done(_CACHED)
    return Message(cast("Any", role), parts)


def _blocks(said: Fields) -> Iterator[Part]:
    for block in said.items("content"):
        yield _block(block)
        block.done(_CACHED)


def _block(block: Fields) -> Part:
    match block.text("type"):
        case "text":
            block.refuse("citations", ONLY_MESSAGES)
            return Text(block.text("text"))
        case "image":
            return Image(**_source(block))
        case "document":
            return _document(block)
        case "tool_use":
            block.take("caller")
            return Call(block.text("id"), block.text("name"), _arguments(block))
        case "tool_result":
            failed = block.read("is_error", bool) is True
            return Result(block.text("tool_use_id"), tuple(_told(block)), failed)
        case other:
            return _thought(block, other)


def _thought(block: Fields, kind: str) -> Thought:
    match kind:
        case "thinking":
            return Thought(block.text("thinking"), *opened(block.text("signature"), api="messages"))
        case "redacted_thinking":
            return Thought("", *opened(block.text("data"), api="messages"), hidden=True)
        case other:
            raise block.stop("type", f"`{other[:30]}` is nothing that other APIs take")


def _arguments(block: Fields) -> str:
    return json.dumps(block.take("input") or {}, ensure_ascii=False)


def _told(block: Fields) -> Iterator[Text | Image]:
    content = block.take("content")
    if isinstance(content, str):
        yield Text(content)
        return
    for part in _blocks(Fields({"content": content}, block.at)):
        if not isinstance(part, Text | Image):
            raise block.stop("content", "only text and pictures are told back in every API")
        yield part


def _document(block: Fields) -> Part:
    block.refuse("context", ONLY_MESSAGES)
    citations = block.inner("citations")
    citations.refuse("enabled", ONLY_MESSAGES, unless=(False,))
    name = block.text("title")
    source = _source(block)
    if source["media"] == "text/plain":
        return Text(source["data"])
    return File(**source, name=name)


def _source(block: Fields) -> dict[str, str]:
    source = block.inner("source")
    kind = source.text("type")
    if kind not in {"base64", "url", "text"}:
        raise source.stop("type", "the file is stored at one provider")
    return {"media": source.text("media_type"), "data": source.text("data"), "url": source.text("url")}


def _tool(said: Fields) -> Tool:
    if said.text("type") not in {"", "custom"}:
        raise said.stop("type", "a tool of one provider alone")
    tool = Tool(
        said.text("name"),
        said.text("description"),
        said.schema("input_schema"),
        said.read("strict", bool),
    )
    said.done({*_CACHED, "eager_input_streaming"})
    return tool


def _choice(said: Fields) -> tuple[Choice | None, bool | None]:
    kind, name = said.text("type"), said.text("name")
    alone = said.read("disable_parallel_tool_use", bool)
    said.done()
    parallel = None if alone is None else not alone
    match kind:
        case "":
            return None, parallel
        case "auto" | "none" | "any":
            return Choice(kind), parallel
        case "tool":
            return Choice("named", name), parallel
        case _:
            raise said.stop("type", "no other API chooses like that")


def _thinking(said: Fields) -> tuple[Effort | None, int | None]:
    kind, budget = said.text("type"), said.read("budget_tokens", int)
    said.done({"display"})
    if kind == "disabled":
        return "none", None
    return None, budget


def _effort(said: Fields) -> Effort | None:
    word = said.take("effort")
    if word == "max":
        return "xhigh"
    return effort_named(Fields({"effort": word}, said.at), "effort")


def _format(said: Fields) -> Format | None:
    if said.text("type") != "json_schema":
        said.done()
        return None
    return Format(said.schema("schema") or {})
