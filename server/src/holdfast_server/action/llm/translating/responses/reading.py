"""A request of Responses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

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
from holdfast_server.action.llm.translating.media import file_of, image_of
from holdfast_server.action.llm.translating.seals import opened

STORED: Final = "it is stored at OpenAI, and another provider cannot read it"
ONLY_RESPONSES: Final = "only `responses` has it"
_ITEM_LEFT_OUT: Final = frozenset({"id", "status", "type", "phase"})
_TEXT_LEFT_OUT: Final = frozenset({"annotations", "logprobs"})


def read_request(body: Any) -> Request:
    """Read what is asked.

    Raises:
        Invalid: it is not of the right shape.
        Untranslatable: no other API can be asked that.
    """
    said = Fields(body)
    for name in ("previous_response_id", "conversation", "prompt"):
        said.refuse(name, STORED)
    said.refuse("background", STORED, unless=(False,))
    said.refuse("max_tool_calls", ONLY_RESPONSES)
    said.refuse("top_logprobs", ONLY_RESPONSES, unless=(0,))
    said.refuse("truncation", "no other API shortens what is asked", unless=("disabled",))
    said.refuse("include", "nothing else can be added", unless=(["reasoning.encrypted_content"],))
    system = said.text("instructions")
    request = Request(
        model=said.text("model"),
        messages=(
            *([Message("system", (Text(system),))] if system else []),
            *_joined(_input(said)),
        ),
        tools=tuple(_tool(one) for one in said.items("tools")),
        choice=_choice(said),
        parallel=said.read("parallel_tool_calls", bool),
        limit=said.read("max_output_tokens", int),
        temperature=said.number("temperature"),
        top_p=said.number("top_p"),
        effort=_effort(said.inner("reasoning")),
        format=_format(said.inner("text")),
        streamed=said.read("stream", bool) is True,
        user=said.text("user") or said.text("safety_identifier"),
    )
    said.done(LEFT_OUT["responses"])
    return request


def _input(said: Fields) -> Iterator[Message]:
    content = said.take("input")
    if isinstance(content, str):
        yield Message("user", (Text(content),))
        return
    for item in Fields({"input": content}).items("input"):
        yield _item(item)
        item.done(_ITEM_LEFT_OUT)


def _joined(items: Iterator[Message]) -> Iterator[Message]:
    """Items of the model that follow each other are one turn of it, and so are results."""
    turn: Message | None = None
    for one in items:
        goes_on = (
            turn is not None and turn.role == one.role and (one.role == "assistant" or _is_result(one, turn))
        )
        if turn is not None and not goes_on:
            yield turn
        turn = Message(one.role, (*turn.parts, *one.parts)) if turn is not None and goes_on else one
    if turn is not None:
        yield turn


def _is_result(*turns: Message) -> bool:
    return all(isinstance(part, Result) for turn in turns for part in turn.parts)


def _item(item: Fields) -> Message:
    kind = item.text("type") or "message"
    match kind:
        case "message":
            return _message(item)
        case "function_call":
            call = Call(item.text("call_id"), item.text("name"), item.text("arguments"))
            return Message("assistant", (call,))
        case "function_call_output":
            result = Result(item.text("call_id"), tuple(_told(item)))
            return Message("user", (result,))
        case "reasoning":
            return Message("assistant", tuple(_thoughts(item)))
        case _:
            raise item.stop("type", f"`{kind[:30]}` is nothing that other APIs take")


def _message(item: Fields) -> Message:
    role = item.text("role")
    parts = tuple(_parts(item, "content"))
    match role:
        case "system" | "developer":
            return Message("system", parts)
        case "user":
            return Message("user", parts)
        case "assistant":
            return Message("assistant", parts)
        case _:
            raise item.stop("role", f"`{role[:20]}` is no role that other APIs know")


def _parts(item: Fields, name: str) -> Iterator[Text | Image | File]:
    content = item.take(name)
    if isinstance(content, str):
        yield Text(content)
        return
    for part in Fields({name: content}, item.at).items(name):
        yield _part(part)
        part.done(_TEXT_LEFT_OUT)


def _part(part: Fields) -> Text | Image | File:
    match part.text("type"):
        case "input_text" | "output_text" | "text":
            return Text(part.text("text"))
        case "refusal":
            return Text(part.text("refusal"))
        case "input_image":
            part.refuse("file_id", STORED)
            return image_of(part.text("image_url"), part.text("detail"))
        case "input_file":
            part.refuse("file_id", STORED)
            return file_of(part.text("file_url") or part.text("file_data"), part.text("filename"))
        case other:
            raise part.stop("type", f"`{other[:30]}` is nothing that other APIs take")


def _told(item: Fields) -> Iterator[Text | Image]:
    for part in _parts(item, "output"):
        if isinstance(part, File):
            raise item.stop("output", "only text and pictures are told back in every API")
        yield part


def _thoughts(item: Fields) -> Iterator[Part]:
    texts = [part.text("text") for part in item.items("summary")]
    item.take("content")
    seal, maker = opened(item.text("encrypted_content"), api="responses")
    # OpenAI knows its own thoughts by the item's id as well.
    if seal and maker == "responses":
        seal = json.dumps([item.text("id"), seal])
    if texts or seal:
        yield Thought("\n\n".join(texts), seal, maker, hidden=maker != "messages" and not texts)


def _tool(said: Fields) -> Tool:
    if said.text("type") != "function":
        raise said.stop("type", "only functions are offered in every API")
    tool = Tool(
        said.text("name"), said.text("description"), said.schema("parameters"), said.read("strict", bool)
    )
    said.done()
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
        case {"type": "function", "name": str(name)}:
            return Choice("named", name)
        case _:
            raise said.stop("tool_choice", "no other API chooses like that")


def _effort(said: Fields) -> Effort | None:
    effort = effort_named(said, "effort")
    said.done({"summary", "generate_summary"})
    return effort


def _format(said: Fields) -> Format | None:
    form = said.inner("format")
    kind = form.text("type")
    said.done({"verbosity"})
    match kind:
        case "" | "text":
            return None
        case "json_object":
            return Format()
        case "json_schema":
            schema = form.schema("schema") or {}
            return Format(schema, form.text("name") or "answer", form.read("strict", bool))
        case _:
            raise form.stop("type", f"`{kind[:20]}` is no form that other APIs know")
