"""Google Gemini's generateContent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from holdfast.testing.provider.answer import Answer, Piece, pieces, sse
from holdfast.testing.provider.conversation import Conversation, Json, plain_text
from holdfast.testing.provider.dialect import Asked, error_message, error_type, objects
from holdfast.testing.provider.scenario import Fault

PATH: Final = re.compile(r"/models/([^/:]+):(generateContent|streamGenerateContent)$")


class Gemini:
    """`POST /v1beta/models/<model>:generateContent` and `:streamGenerateContent`."""

    name = "gemini"

    def asked(self, path: str, body: Json) -> Asked | None:  # noqa: ARG002  # the path says it all
        """The model and the manner are both in the path."""
        found = PATH.search(path)
        return Asked(found[1], found[2].startswith("stream")) if found else None

    def read(self, conversation: Conversation) -> None:
        """Function declarations, system instruction, then contents; both spellings of keys are accepted."""
        body = conversation.body
        for tool in objects(body.get("tools")):
            declared = tool.get("functionDeclarations") or tool.get("function_declarations")
            for function in objects(declared):
                schema: Json = function.get("parameters") or function.get("parametersJsonSchema") or {}
                conversation.offered[function.get("name", "")] = schema
        system: Json | None = body.get("systemInstruction") or body.get("system_instruction")
        if system:
            conversation.hear("system", plain_text(system.get("parts")))
        for content in objects(body.get("contents")):
            _hear_content(conversation, content)

    def whole(self, answer: Answer) -> Json:
        """One candidate with every part."""
        thought = [{"text": answer.reasoning, "thought": True}] if answer.reasoning else []
        text = [{"text": answer.text}] if answer.text else []
        return _chunk(answer, [*thought, *text, *_calls(answer)], final=True)

    def stream(self, answer: Answer) -> Iterator[Piece]:
        """Text piece by piece; calls come whole, in the last chunk."""
        for piece in pieces(answer.reasoning, answer.chunks):
            yield Piece(sse(_chunk(answer, [{"text": piece, "thought": True}])), paced=True)
        for piece in pieces(answer.text, answer.chunks):
            yield Piece(sse(_chunk(answer, [{"text": piece}])), paced=True)
        yield Piece(sse(_chunk(answer, _calls(answer), final=True)), paced=True)

    def error(self, fault: Fault) -> Json:
        """Google's error object."""
        status = error_type(fault).upper()
        return {"error": {"code": fault.status, "message": error_message(fault), "status": status}}


def _hear_content(conversation: Conversation, content: Json) -> None:
    parts = objects(content.get("parts"))
    conversation.called += [part["functionCall"].get("name", "") for part in parts if "functionCall" in part]
    results = [part for part in parts if "functionResponse" in part]
    if results:
        conversation.hear("tool", plain_text(results))
    else:
        conversation.hear(content.get("role", "user"), plain_text(parts))


def _calls(answer: Answer) -> list[Json]:
    return [{"functionCall": {"id": c.id, "name": c.name, "args": c.parsed}} for c in answer.calls]


def _chunk(answer: Answer, parts: list[Json], *, final: bool = False) -> Json:
    spent, candidate = answer.spent, {"content": {"role": "model", "parts": parts}, "index": 0}
    written = spent.output if final else 0
    return {
        "candidates": [{**candidate, "finishReason": answer.stop or "STOP"} if final else candidate],
        "modelVersion": answer.model,
        "responseId": answer.id,
        "usageMetadata": {
            "promptTokenCount": spent.input,
            "candidatesTokenCount": written,
            "totalTokenCount": spent.input + written,
            "cachedContentTokenCount": spent.cached,
            "thoughtsTokenCount": spent.reasoning if final else 0,
        },
    }
