"""A request for Chat Completions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from holdfast_server.action.llm.translating.chat.thoughts import extra_of
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
    Tool,
)
from holdfast_server.action.llm.translating.losses import Untranslatable
from holdfast_server.action.llm.translating.media import url_of

Json = dict[str, Any]
PATH: Final = "/v1/chat/completions"


def write_request(request: Request) -> Json:
    """The body of the request.

    Raises:
        Untranslatable: it asks for what Chat Completions does not have.
    """
    if request.top_k is not None:
        raise Untranslatable("top_k", "`chat` does not have it")
    body: Json = {
        "model": request.model,
        "messages": [message for one in request.messages for message in _messages(one)],
        "tools": [_tool(tool) for tool in request.tools] or None,
        "tool_choice": _choice(request.choice),
        "parallel_tool_calls": request.parallel if request.tools else None,
        "max_completion_tokens": request.limit,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "seed": request.seed,
        "presence_penalty": request.presence,
        "frequency_penalty": request.frequency,
        "stop": list(request.stop) or None,
        "reasoning_effort": effort_of(request.effort, request.budget),
        "response_format": _format(request.format),
        "stream": request.streamed or None,
        # The gateway settles by what the provider counts, whether the client wants to see it or not.
        "stream_options": {"include_usage": True} if request.streamed else None,
        "user": request.user or None,
    }
    return {name: value for name, value in body.items() if value is not None}


def _messages(message: Message) -> Iterator[Json]:
    if message.role == "assistant":
        yield from _assistant(message)
        return
    results = [part for part in message.parts if isinstance(part, Result)]
    for result in results:
        yield {"role": "tool", "tool_call_id": result.id, "content": _told(result)}
    parts = [part for part in message.parts if isinstance(part, Text | Image | File)]
    if parts or not results:
        yield {"role": message.role, "content": _content(parts)}


def _assistant(message: Message) -> Iterator[Json]:
    """What the model said; nothing where it only thought, for nobody else can read that."""
    calls = [_call(part) for part in message.parts if isinstance(part, Call)]
    texts = [part for part in message.parts if isinstance(part, Text)]
    body: Json = {"role": "assistant", "content": _content(texts) if texts else None}
    if texts or calls:
        yield {**body, "tool_calls": calls} if calls else body


def _call(call: Call) -> Json:
    made = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": made, **extra_of(call.seal)}


def _told(result: Result) -> str:
    texts = [part.text for part in result.parts if isinstance(part, Text)]
    if len(texts) < len(result.parts):
        raise Untranslatable("tool result", "`chat` takes only text there, and this one holds a picture")
    return "\n".join(texts)


def _content(parts: list[Any]) -> str | list[Json]:
    if not parts:
        return ""
    if len(parts) == 1 and isinstance(parts[0], Text):
        return parts[0].text
    return [_part(part) for part in parts]


def _part(part: Text | Image | File) -> Json:
    match part:
        case Text():
            return {"type": "text", "text": part.text}
        case Image():
            detail = {"detail": part.detail} if part.detail else {}
            return {"type": "image_url", "image_url": {"url": url_of(part), **detail}}
        case File():
            if part.url:
                raise Untranslatable("file url", "`chat` takes files as data only")
            name = part.name or "document.pdf"
            return {"type": "file", "file": {"filename": name, "file_data": url_of(part)}}


def _tool(tool: Tool) -> Json:
    made: Json = {"name": tool.name}
    made |= {"description": tool.description} if tool.description else {}
    made |= {"parameters": tool.parameters} if tool.parameters is not None else {}
    made |= {"strict": tool.strict} if tool.strict is not None else {}
    return {"type": "function", "function": made}


def _choice(choice: Choice | None) -> Any:
    if choice is None:
        return None
    if choice.mode == "named":
        return {"type": "function", "function": {"name": choice.name}}
    return "required" if choice.mode == "any" else choice.mode


def _format(form: Format | None) -> Json | None:
    if form is None:
        return None
    if form.schema is None:
        return {"type": "json_object"}
    made: Json = {"name": form.name, "schema": form.schema}
    return {
        "type": "json_schema",
        "json_schema": made | ({} if form.strict is None else {"strict": form.strict}),
    }
