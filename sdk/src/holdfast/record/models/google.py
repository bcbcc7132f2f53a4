"""The API of Gemini, at Google's own address and at Vertex AI; the model and the verb stand in the path."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Any, Final

from holdfast.record.answers import merge_usage
from holdfast.record.models.dialect import Answered, Dialect, read_failure
from holdfast.record.models.parts import Json, listing, mapping, message_of, string, text_part
from holdfast.record.models.refusals import google_error

STREAMED: Final = ":streamGenerateContent"
_model = re.compile(r"(?:^|/)models/([^/:?]+)(?=:)").search


def field(body: Json, name: str) -> Any:
    """A field by its name, or by the same name with underscores, as Google takes both."""
    found = body.get(name)
    return body.get(_underscored(name)) if found is None else found


def several(value: Any) -> list[Any]:
    """A list, or what stands in the place of one: Google takes a single object for a list of one."""
    return listing(value) or ([value] if isinstance(value, dict) else [])


def _underscored(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", lambda one: "_" + one[1].lower(), name)


def parts_of(event: Json) -> Iterator[tuple[Json, Json]]:
    """The parts of an answer, each with the candidate that says it."""
    for candidate in map(mapping, listing(event.get("candidates"))):
        for part in listing(mapping(candidate.get("content")).get("parts")):
            yield candidate, mapping(part)


class Gemini(Dialect):
    """Gemini's generateContent and streamGenerateContent."""

    api = "gemini"
    provider = "google"
    paths = (":generateContent", STREAMED)
    limits = ("maxOutputTokens",)
    said = ("systemInstruction", "system_instruction", "contents")

    def model_of(self, body: Json, path: str) -> str:
        found = _model(path)
        return found[1] if found else string(body.get("model")).removeprefix("models/")

    def with_model(self, body: Json, path: str, model: str) -> tuple[Json, str]:
        found = _model(path)
        moved = path if found is None else f"{path[: found.start(1)]}{model}{path[found.end(1) :]}"
        return ({**body, "model": f"models/{model}"} if "model" in body else body), moved

    def is_streamed(self, body: Json, path: str) -> bool:  # noqa: ARG002 - the path alone says it
        return path.partition("?")[0].endswith(STREAMED)

    def limit_of(self, body: Json) -> int | None:
        limit = field(mapping(field(body, "generationConfig")), self.limits[0])
        return limit if isinstance(limit, int) else None

    def with_limit(self, body: Json, tokens: int) -> Json:
        where = "generation_config" if "generation_config" in body else "generationConfig"
        config = {**mapping(body.get(where))}
        config.pop("max_output_tokens", None)
        return {**body, where: {**config, self.limits[0]: tokens}}

    def tools_of(self, body: Json) -> list[Json]:
        """Every function and every tool of Google's own as one tool each."""
        found: list[Json] = []
        for group in map(mapping, several(body.get("tools"))):
            for name, one in group.items():
                functions = several(one) if _same(name, "functionDeclarations") else [{name: one}]
                found += map(mapping, functions)
        return found

    def tool_name(self, tool: Json) -> str:
        return string(tool.get("name")) or next((_camel(name) for name in tool), "")

    def kind_of(self, tool: Json) -> str:
        return "" if "name" in tool else self.tool_name(tool)

    def without_tools(self, body: Json, names: Collection[str]) -> Json:
        kept: list[Json] = []
        for group in map(mapping, several(body.get("tools"))):
            rest: Json = {}
            for name, one in group.items():
                if _same(name, "functionDeclarations"):
                    functions = [f for f in map(mapping, several(one)) if f.get("name") not in names]
                    rest |= {name: functions} if functions else {}
                elif _camel(name) not in names:
                    rest[name] = one
            kept += [rest] if rest else []
        rest = {name: one for name, one in body.items() if name != "tools"}
        return {**rest, "tools": kept} if kept else rest

    def read_messages(self, body: Json) -> list[Json]:
        system = mapping(field(body, "systemInstruction"))
        found = [_message("system", system)] if system else []
        for content in map(mapping, several(body.get("contents"))):
            role = "assistant" if content.get("role") == "model" else "user"
            found.append(_message(role, content))
        return found

    def read_answer(self, body: Json, into: Answered) -> None:
        self.read_event(body, into)

    def read_event(self, event: Json, into: Answered) -> None:
        read_failure(event, into)
        into.model = string(event.get("modelVersion")) or into.model
        into.id = string(event.get("responseId")) or into.id
        into.usage = merge_usage(into.usage, event)
        for candidate, part in parts_of(event):
            _read_part(part, into, beside=bool(candidate.get("index")))
        for candidate in map(mapping, listing(event.get("candidates"))[:1]):
            into.finish = string(candidate.get("finishReason")) or into.finish

    def refusal(self, message: str, code: str, status: int = 403) -> Json:
        return google_error(message, code, status)


class GeminiEmbeddings(Gemini):
    """Gemini's embedContent and batchEmbedContents: nothing is said back."""

    api = "embeddings"
    paths = (":embedContent", ":batchEmbedContents")
    said = ("content", "requests")

    def limit_of(self, body: Json) -> int | None:  # noqa: ARG002 - whatever it asks
        return 0

    def read_messages(self, body: Json) -> list[Json]:
        asked = [body, *map(mapping, several(body.get("requests")))]
        return [_message("user", mapping(one["content"])) for one in asked if "content" in one]


def _message(role: str, content: Json) -> Json:
    parts = [_part(mapping(part)) for part in several(content.get("parts"))]
    answers = role == "user" and any(part["type"] == "tool_call_response" for part in parts)
    return message_of("tool" if answers else role, parts)


def _part(part: Json) -> Json:
    if called := mapping(field(part, "functionCall")):
        name, asked = string(called.get("name")), mapping(called.get("args"))
        return {"type": "tool_call", "id": string(called.get("id")), "name": name, "arguments": asked}
    if answered := mapping(field(part, "functionResponse")):
        said = json.dumps(answered.get("response"), ensure_ascii=False)
        return {"type": "tool_call_response", "id": string(answered.get("id")), "response": said}
    if part.get("thought") is True:
        return {"type": "reasoning", "content": string(part.get("text"))}
    if "text" in part:
        return text_part(string(part.get("text")))
    return {"type": next((_camel(name) for name in part), "unknown")}


def _read_part(part: Json, into: Answered, *, beside: bool) -> None:
    if called := mapping(field(part, "functionCall")):
        text = json.dumps(mapping(called.get("args")), ensure_ascii=False)
        name = string(called.get("name"))
        into.call(len(into.calls), id=string(called.get("id")), name=name, text=text)
    elif beside:
        into.beside += len(string(part.get("text")))
    elif text := string(part.get("text")):
        (into.reasoning if part.get("thought") is True else into.text).append(text)


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda one: one[1].upper(), name)


def _same(name: str, other: str) -> bool:
    return _camel(name) == other
