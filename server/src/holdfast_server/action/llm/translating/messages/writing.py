"""A request for Messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from holdfast.record.models.parts import data
from holdfast_server.action.llm.translating.efforts import tokens_of
from holdfast_server.action.llm.translating.form import (
    Call,
    Choice,
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
from holdfast_server.action.llm.translating.losses import Untranslatable

Json = dict[str, Any]
PATH: Final = "/v1/messages"
THOUGHT_TOKENS_MIN: Final = 1_024
"""The least that Anthropic takes as a budget to think with."""


def write_request(request: Request, *, limit: int) -> Json:
    """The body of the request.

    Args:
        request: what is asked.
        limit: the most tokens of an answer when the request names none: the API must have one.

    Raises:
        Untranslatable: it asks for what Messages does not have.
    """
    for name, value in (
        ("seed", request.seed),
        ("presence_penalty", request.presence),
        ("frequency_penalty", request.frequency),
    ):
        if value is not None:
            raise Untranslatable(name, "`messages` does not have it")
    limit = request.limit or limit
    body: Json = {
        "model": request.model,
        "system": _system(request.messages),
        "messages": list(_messages(request.messages)),
        "max_tokens": limit,
        "tools": [_tool(tool) for tool in request.tools] or None,
        "tool_choice": _choice(request),
        "temperature": request.temperature,
        "top_p": request.top_p,
        "top_k": request.top_k,
        "stop_sequences": list(request.stop) or None,
        "thinking": _thinking(tokens_of(request.effort, request.budget), limit),
        "output_config": _format(request.format),
        "stream": request.streamed or None,
        "metadata": {"user_id": request.user} if request.user else None,
    }
    return {name: value for name, value in body.items() if value is not None}


def _system(messages: Sequence[Message]) -> str | list[Json] | None:
    texts = [part for one in messages if one.role == "system" for part in one.parts if isinstance(part, Text)]
    if len(texts) == 1:
        return texts[0].text
    return [{"type": "text", "text": one.text} for one in texts] or None


def _messages(messages: Sequence[Message]) -> Iterator[Json]:
    """Turns of one side that follow each other are one turn: all results of a turn belong together."""
    spoken = [one for one in messages if one.role != "system"]
    for role, turns in groupby(spoken, lambda one: one.role):
        parts = [part for turn in turns for part in turn.parts]
        if role == "user":
            parts.sort(key=lambda part: not isinstance(part, Result))
        if blocks := [block for part in parts for block in _block(part)]:
            yield {"role": role, "content": blocks}


def _block(part: Part) -> Iterator[Json]:
    match part:
        case Text():
            # An empty text is refused there, and says nothing.
            if part.text:
                yield {"type": "text", "text": part.text}
        case Image():
            yield {"type": "image", "source": _source(part)}
        case File():
            title = {"title": part.name} if part.name else {}
            yield {"type": "document", "source": _source(part), **title}
        case Thought():
            yield from _thought(part)
        case Call():
            arguments = data(part.arguments)
            if not isinstance(arguments, dict):
                raise Untranslatable("tool call arguments", "`messages` takes a JSON object there")
            yield {"type": "tool_use", "id": part.id, "name": part.name, "input": arguments}
        case Result():
            failed = {"is_error": True} if part.failed else {}
            told = [block for one in part.parts for block in _block(one)]
            yield {"type": "tool_result", "tool_use_id": part.id, "content": told, **failed}


def _thought(part: Thought) -> Iterator[Json]:
    if part.maker != "messages" or not part.seal:
        return
    if part.hidden:
        yield {"type": "redacted_thinking", "data": part.seal}
    else:
        yield {"type": "thinking", "thinking": part.text, "signature": part.seal}


def _source(part: Image | File) -> Json:
    if part.url:
        return {"type": "url", "url": part.url}
    return {"type": "base64", "media_type": part.media, "data": part.data}


def _tool(tool: Tool) -> Json:
    described = {"description": tool.description} if tool.description else {}
    strict = {"strict": True} if tool.strict else {}
    schema = tool.parameters or {"type": "object", "properties": {}}
    return {"name": tool.name, **described, "input_schema": schema, **strict}


def _choice(request: Request) -> Json | None:
    alone = {"disable_parallel_tool_use": True} if request.parallel is False else {}
    choice = request.choice or (Choice() if alone and request.tools else None)
    if choice is None or not request.tools:
        return None
    if choice.mode == "named":
        return {"type": "tool", "name": choice.name, **alone}
    return {"type": choice.mode, **({} if choice.mode == "none" else alone)}


def _thinking(tokens: int | None, limit: int) -> Json | None:
    if tokens is None:
        return None
    if tokens < THOUGHT_TOKENS_MIN:
        return {"type": "disabled"}
    if limit <= THOUGHT_TOKENS_MIN:
        raise Untranslatable("reasoning effort", f"`messages` thinks only with `max_tokens` above {limit}")
    return {"type": "enabled", "budget_tokens": min(tokens, limit - 1)}


def _format(form: Format | None) -> Json | None:
    if form is None:
        return None
    if form.schema is None:
        raise Untranslatable("response_format", "`messages` wants a schema for JSON")
    return {"format": {"type": "json_schema", "schema": form.schema}}
