"""A request for Responses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from holdfast_server.action.llm.translating.efforts import effort_of
from holdfast_server.action.llm.translating.form import (
    Call,
    Choice,
    File,
    Format,
    Image,
    Message,
    Request,
    Result,
    Text,
    Thought,
    Tool,
)
from holdfast_server.action.llm.translating.losses import Untranslatable
from holdfast_server.action.llm.translating.media import url_of
from holdfast_server.action.llm.translating.responses.answers import split_seal

Json = dict[str, Any]
PATH: Final = "/v1/responses"


def write_request(request: Request) -> Json:
    """The body of the request. Nothing is stored, so that thoughts come back sealed.

    Raises:
        Untranslatable: it asks for what Responses does not have.
    """
    for name, value in (
        ("seed", request.seed),
        ("presence_penalty", request.presence),
        ("frequency_penalty", request.frequency),
        ("stop", request.stop or None),
        ("top_k", request.top_k),
    ):
        if value is not None:
            raise Untranslatable(name, "`responses` does not have it")
    effort = effort_of(request.effort, request.budget)
    body: Json = {
        "model": request.model,
        "input": [item for one in request.messages for item in _items(one)],
        "tools": [_tool(tool) for tool in request.tools] or None,
        "tool_choice": _choice(request.choice),
        "parallel_tool_calls": request.parallel if request.tools else None,
        "max_output_tokens": request.limit,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "reasoning": {"effort": effort, "summary": "auto"} if effort not in {None, "none"} else _none(effort),
        "include": ["reasoning.encrypted_content"] if effort not in {None, "none"} else None,
        "text": _format(request.format),
        "stream": request.streamed or None,
        "store": False,
        "user": request.user or None,
    }
    return {name: value for name, value in body.items() if value is not None}


def _none(effort: str | None) -> Json | None:
    return None if effort is None else {"effort": effort}


def _items(message: Message) -> Iterator[Json]:
    """A turn as items: what is said in one message, calls and results each by itself, in their order."""
    said: list[Json] = []
    kind = "output_text" if message.role == "assistant" else "input_text"
    for part in message.parts:
        match part:
            case Text():
                said.append({"type": kind, "text": part.text})
                continue
            case Image() | File():
                said.append(_media(part))
                continue
            case _:
                if said:
                    yield _said(message, said)
                    said = []
        yield from _item(part)
    if said:
        yield _said(message, said)


def _said(message: Message, content: list[Json]) -> Json:
    return {"type": "message", "role": message.role, "content": content}


def _item(part: Thought | Call | Result) -> Iterator[Json]:
    match part:
        case Thought():
            if part.maker == "responses" and part.seal:
                item, seal = split_seal(part.seal)
                summary = [{"type": "summary_text", "text": part.text}] if part.text else []
                yield {"type": "reasoning", "id": item, "summary": summary, "encrypted_content": seal}
        case Call():
            yield {
                "type": "function_call",
                "call_id": part.id,
                "name": part.name,
                "arguments": part.arguments,
            }
        case Result():
            yield {"type": "function_call_output", "call_id": part.id, "output": _told(part)}


def _told(result: Result) -> str | list[Json]:
    texts = [part.text for part in result.parts if isinstance(part, Text)]
    if len(texts) == len(result.parts):
        return "\n".join(texts)
    return [
        {"type": "input_text", "text": part.text} if isinstance(part, Text) else _media(part)
        for part in result.parts
    ]


def _media(part: Image | File) -> Json:
    if isinstance(part, Image):
        return {"type": "input_image", "image_url": url_of(part), "detail": part.detail or "auto"}
    if part.url:
        return {"type": "input_file", "file_url": part.url}
    return {"type": "input_file", "filename": part.name or "document.pdf", "file_data": url_of(part)}


def _tool(tool: Tool) -> Json:
    parameters = tool.parameters or {"type": "object", "properties": {}}
    described = {"description": tool.description} if tool.description else {}
    # Left out it would mean strict there, which not every schema allows.
    strict = tool.strict is True
    return {"type": "function", "name": tool.name, **described, "parameters": parameters, "strict": strict}


def _choice(choice: Choice | None) -> Any:
    if choice is None:
        return None
    if choice.mode == "named":
        return {"type": "function", "name": choice.name}
    return "required" if choice.mode == "any" else choice.mode


def _format(form: Format | None) -> Json | None:
    if form is None:
        return None
    if form.schema is None:
        return {"format": {"type": "json_object"}}
    strict = {} if form.strict is None else {"strict": form.strict}
    return {"format": {"type": "json_schema", "name": form.name, "schema": form.schema, **strict}}
