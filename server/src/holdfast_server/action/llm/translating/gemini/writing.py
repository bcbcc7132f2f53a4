"""A request for Gemini."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from holdfast.record.models.parts import data
from holdfast_server.action.llm.translating.efforts import tokens_of
from holdfast_server.action.llm.translating.form import (
    Call,
    Choice,
    File,
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
from holdfast_server.action.llm.translating.media import media_of

Json = dict[str, Any]
UNSEALED: Final = "skip_thought_signature_validator"
"""What Google says to send with a call whose seal is not known: one that another model made."""
_MODES: Final = {"auto": "AUTO", "none": "NONE", "any": "ANY", "named": "ANY"}


def path_of(request: Request) -> str:
    """Where the request goes: model and verb stand in the path."""
    verb = "streamGenerateContent?alt=sse" if request.streamed else "generateContent"
    return f"/v1beta/models/{request.model}:{verb}"


def write_request(request: Request) -> Json:
    """The body of the request.

    Raises:
        Untranslatable: it asks for what Gemini does not have.
    """
    if request.parallel is False and request.tools:
        raise Untranslatable("parallel_tool_calls", "`gemini` cannot be told to call one tool at a time")
    names = {part.id: part.name for one in request.messages for part in one.parts if isinstance(part, Call)}
    body: Json = {
        "systemInstruction": _system(request.messages),
        "contents": list(_contents(request.messages, names)),
        "tools": [{"functionDeclarations": [_tool(tool) for tool in request.tools]}]
        if request.tools
        else None,
        "toolConfig": _choice(request.choice) if request.tools else None,
        "generationConfig": _config(request) or None,
    }
    return {name: value for name, value in body.items() if value is not None}


def _config(request: Request) -> Json:
    tokens = tokens_of(request.effort, request.budget)
    form = request.format
    config: Json = {
        "maxOutputTokens": request.limit,
        "temperature": request.temperature,
        "topP": request.top_p,
        "topK": request.top_k,
        "seed": request.seed,
        "presencePenalty": request.presence,
        "frequencyPenalty": request.frequency,
        "stopSequences": list(request.stop) or None,
        "responseMimeType": "application/json" if form else None,
        "responseJsonSchema": form.schema if form else None,
        "thinkingConfig": None
        if tokens is None
        else {"thinkingBudget": tokens, "includeThoughts": tokens > 0},
    }
    return {name: value for name, value in config.items() if value is not None}


def _system(messages: Sequence[Message]) -> Json | None:
    texts = [part for one in messages if one.role == "system" for part in one.parts if isinstance(part, Text)]
    return {"parts": [{"text": one.text} for one in texts]} if texts else None


def _contents(messages: Sequence[Message], names: Mapping[str, str]) -> Iterator[Json]:
    spoken = [one for one in messages if one.role != "system"]
    for role, turns in groupby(spoken, lambda one: one.role):
        parts = [made for turn in turns for part in turn.parts for made in _part(part, names)]
        if parts:
            yield {"role": "model" if role == "assistant" else "user", "parts": parts}


def _part(part: Part, names: Mapping[str, str]) -> Iterator[Json]:
    match part:
        case Text():
            yield {"text": part.text}
        case Image() | File():
            yield _media(part)
        case Thought():
            # Gemini wants its seals back on its calls; its thoughts by themselves it does not.
            return
        case Call():
            arguments = data(part.arguments)
            if not isinstance(arguments, dict):
                raise Untranslatable("tool call arguments", "`gemini` takes a JSON object there")
            called: Json = {"name": part.name, "args": arguments}
            yield {"functionCall": called, "thoughtSignature": part.seal or UNSEALED}
        case Result():
            yield {"functionResponse": _result(part, names)}


def _result(part: Result, names: Mapping[str, str]) -> Json:
    texts = [one.text for one in part.parts if isinstance(one, Text)]
    if len(texts) < len(part.parts):
        raise Untranslatable("tool result", "`gemini` takes only text there, and this one holds a picture")
    if part.id not in names:
        raise Untranslatable("tool result", "`gemini` must know the call that it answers, and there is none")
    told = "\n".join(texts)
    return {"name": names[part.id], "response": {"error" if part.failed else "output": told}}


def _media(part: Image | File) -> Json:
    media = media_of(part)
    if not part.url:
        return {"inlineData": {"mimeType": media, "data": part.data}}
    if not media:
        raise Untranslatable("image url", "`gemini` must know its media type, and the address does not tell")
    return {"fileData": {"mimeType": media, "fileUri": part.url}}


def _tool(tool: Tool) -> Json:
    described = {"description": tool.description} if tool.description else {}
    schema = {"parametersJsonSchema": tool.parameters} if tool.parameters is not None else {}
    return {"name": tool.name, **described, **schema}


def _choice(choice: Choice | None) -> Json | None:
    if choice is None:
        return None
    named = {"allowedFunctionNames": [choice.name]} if choice.mode == "named" else {}
    return {"functionCallingConfig": {"mode": _MODES[choice.mode], **named}}
