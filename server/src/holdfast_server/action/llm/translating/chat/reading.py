"""A request of Chat Completions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast, get_args

from holdfast_server.action.llm.translating.chat.thoughts import read_thoughts, seal_of
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
    Tool,
)
from holdfast_server.action.llm.translating.losses import LEFT_OUT
from holdfast_server.action.llm.translating.media import file_of, image_of

ONLY_CHAT: Final = "only `chat` has it"
_MESSAGE_LEFT_OUT: Final = frozenset(
    {"name", "annotations", "reasoning", "reasoning_content", "cache_control"}
)
_PART_LEFT_OUT: Final = frozenset({"cache_control"})


def read_request(body: Any) -> Request:
    """Read what is asked.

    Raises:
        Invalid: it is not of the right shape.
        Untranslatable: no other API can be asked that.
    """
    said = Fields(body)
    for name in ("logit_bias", "audio", "functions", "function_call", "web_search_options", "top_logprobs"):
        said.refuse(name, ONLY_CHAT, unless=(0, "auto", "none") if name == "function_call" else (0,))
    said.refuse("logprobs", ONLY_CHAT, unless=(False,))
    said.refuse("n", "other APIs answer once", unless=(1,))
    said.refuse("modalities", ONLY_CHAT, unless=(["text"],))
    options = said.inner("stream_options")
    counted = options.read("include_usage", bool) is True
    options.done({"include_obfuscation"})
    limit, older = said.read("max_completion_tokens", int), said.read("max_tokens", int)
    request = Request(
        model=said.text("model"),
        messages=tuple(_message(one) for one in said.items("messages")),
        tools=tuple(_tool(one) for one in said.items("tools")),
        choice=_choice(said),
        parallel=said.read("parallel_tool_calls", bool),
        limit=older if limit is None else limit,
        temperature=said.number("temperature"),
        top_p=said.number("top_p"),
        seed=said.read("seed", int),
        presence=said.number("presence_penalty") or None,
        frequency=said.number("frequency_penalty") or None,
        stop=_stop(said),
        effort=effort_named(said, "reasoning_effort"),
        format=_format(said.inner("response_format")),
        streamed=said.read("stream", bool) is True,
        counted=counted,
        user=said.text("user") or said.text("safety_identifier"),
    )
    said.done(LEFT_OUT["chat"])
    return request


def effort_named(said: Fields, name: str) -> Effort | None:
    """How hard to think, in a word."""
    word = said.text(name)
    if word and word not in get_args(Effort):
        raise said.stop(name, f"`{word[:20]}` is no effort that other APIs know")
    return cast("Effort", word) if word else None


def _message(said: Fields) -> Message:
    role = said.text("role")
    match role:
        case "system" | "developer":
            message = Message("system", tuple(_texts(said, "content")))
        case "user":
            message = Message("user", tuple(_parts(said)))
        case "assistant":
            message = Message("assistant", tuple(_answered(said)))
        case "tool":
            said_back = Result(said.text("tool_call_id"), tuple(_texts(said, "content")))
            message = Message("user", (said_back,))
        case _:
            raise said.stop("role", f"`{role[:20]}` is no role that other APIs know")
    said.done(_MESSAGE_LEFT_OUT)
    return message


def _answered(said: Fields) -> Iterator[Part]:
    """What an earlier answer said."""
    said.refuse("function_call", "it was replaced by tools")
    said.refuse("audio", ONLY_CHAT)
    yield from read_thoughts(said)
    yield from _texts(said, "content")
    if refused := said.text("refusal"):
        yield Text(refused)
    for call in said.items("tool_calls"):
        if call.text("type") not in {"", "function"}:
            raise call.stop("type", "only functions are called in every API")
        made = call.inner("function")
        yield Call(call.text("id"), made.text("name"), made.text("arguments"), seal_of(call))
        call.take("index")
        call.done()


def _texts(said: Fields, name: str) -> Iterator[Text]:
    content = said.take(name)
    if isinstance(content, str):
        if content:
            yield Text(content)
        return
    for part in Fields({name: content}, said.at).items(name):
        kind = part.text("type")
        if kind not in {"text", "refusal"}:
            raise part.stop("type", f"`{kind[:20]}` is not taken here")
        yield Text(part.text(kind))
        part.done(_PART_LEFT_OUT)


def _parts(said: Fields) -> Iterator[Part]:
    content = said.take("content")
    if isinstance(content, str):
        yield Text(content)
        return
    for part in Fields({"content": content}, said.at).items("content"):
        yield _part(part)
        part.done(_PART_LEFT_OUT)


def _part(part: Fields) -> Text | Image | File:
    match part.text("type"):
        case "text":
            return Text(part.text("text"))
        case "image_url":
            where = part.inner("image_url")
            return image_of(where.text("url"), where.text("detail"))
        case "file":
            file = part.inner("file")
            file.refuse("file_id", "the file is stored at one provider")
            return file_of(file.text("file_data"), file.text("filename"))
        case other:
            raise part.stop("type", f"`{other[:20]}` is nothing that other APIs take")


def _tool(said: Fields) -> Tool:
    if said.text("type") != "function":
        raise said.stop("type", "only functions are offered in every API")
    made = said.inner("function")
    tool = Tool(
        made.text("name"), made.text("description"), made.schema("parameters"), made.read("strict", bool)
    )
    made.done()
    said.done(_PART_LEFT_OUT)
    return tool


def _choice(said: Fields) -> Choice | None:
    choice = said.take("tool_choice")
    match choice:
        case None:
            return None
        case "auto" | "none":
            return Choice(choice)
        case "required":
            return Choice("any")
        case {"type": "function", "function": {"name": str(name)}}:
            return Choice("named", name)
        case _:
            raise said.stop("tool_choice", "no other API chooses like that")


def _stop(said: Fields) -> tuple[str, ...]:
    stop = said.take("stop")
    return (stop,) if isinstance(stop, str) else Fields({"stop": stop}, said.at).texts("stop")


def _format(said: Fields) -> Format | None:
    match said.text("type"):
        case "" | "text":
            return None
        case "json_object":
            return Format()
        case "json_schema":
            made = said.inner("json_schema")
            return Format(
                made.schema("schema") or {}, made.text("name") or "answer", made.read("strict", bool)
            )
        case other:
            raise said.stop("type", f"`{other[:20]}` is no form that other APIs know")
