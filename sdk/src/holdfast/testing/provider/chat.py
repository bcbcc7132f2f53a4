"""OpenAI Chat Completions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from holdfast.testing.provider.answer import Answer, Piece, pieces, sse
from holdfast.testing.provider.conversation import Conversation, Json, plain_text
from holdfast.testing.provider.dialect import Asked, asked_in_body, objects, openai_error
from holdfast.testing.provider.scenario import Fault


class Chat:
    """`POST /v1/chat/completions`."""

    name = "chat"

    def asked(self, path: str, body: Json) -> Asked | None:
        """Any path that ends in `/chat/completions`."""
        return asked_in_body(path, body, suffix="/chat/completions")

    def read(self, conversation: Conversation) -> None:
        """Tools, then messages with their calls."""
        for tool in objects(conversation.body.get("tools")):
            function: Json = tool.get("function") or tool.get("custom") or {}
            conversation.offered[function.get("name", "")] = function.get("parameters") or {}
        for message in objects(conversation.body.get("messages")):
            for called in objects(message.get("tool_calls")):
                called_function: Json = called.get("function") or {}
                conversation.called.append(called_function.get("name", ""))
            conversation.hear(message.get("role", ""), plain_text(message.get("content")))

    def whole(self, answer: Answer) -> Json:
        """A `chat.completion`."""
        message: Json = {"role": "assistant", "content": answer.text or None}
        if answer.reasoning:
            message["reasoning_content"] = answer.reasoning
        if answer.calls:
            message["tool_calls"] = [
                {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}}
                for c in answer.calls
            ]
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(answer)}
        return {**_envelope(answer, "chat.completion"), "choices": [choice], "usage": _usage(answer)}

    def stream(self, answer: Answer) -> Iterator[Piece]:
        """Chunks; usage only when `stream_options.include_usage` asks for it, as the real one does."""
        base = _envelope(answer, "chat.completion.chunk")

        def chunk(delta: Json, finish: str | None = None) -> bytes:
            choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
            return sse({**base, "choices": [choice]})

        yield Piece(chunk({"role": "assistant", "content": ""}))
        for delta in _deltas(answer):
            yield Piece(chunk(delta), paced=True)
        yield Piece(chunk({}, _finish(answer)))
        options: Json = answer.conversation.body.get("stream_options") or {}
        if options.get("include_usage"):
            yield Piece(sse({**base, "choices": [], "usage": _usage(answer)}))
        yield Piece(sse("[DONE]"))

    def error(self, fault: Fault) -> Json:
        """OpenAI's error object."""
        return openai_error(fault)


def _deltas(answer: Answer) -> Iterator[Json]:
    for part in pieces(answer.reasoning, answer.chunks):
        yield {"reasoning_content": part}
    for part in pieces(answer.text, answer.chunks):
        yield {"content": part}
    for index, planned in enumerate(answer.calls):
        opening = {"name": planned.name, "arguments": ""}
        yield {"tool_calls": [{"index": index, "id": planned.id, "type": "function", "function": opening}]}
        for part in pieces(planned.arguments, answer.chunks):
            yield {"tool_calls": [{"index": index, "function": {"arguments": part}}]}


def _envelope(answer: Answer, kind: str) -> dict[str, Any]:
    return {
        "id": "chatcmpl-" + answer.id,
        "object": kind,
        "created": answer.created,
        "model": answer.model,
        "system_fingerprint": "fp_scripted",
    }


def _finish(answer: Answer) -> str:
    return answer.stop or ("tool_calls" if answer.calls else "stop")


def _usage(answer: Answer) -> Json:
    spent = answer.spent
    return {
        "prompt_tokens": spent.input,
        "completion_tokens": spent.output,
        "total_tokens": spent.total,
        "prompt_tokens_details": {"cached_tokens": spent.cached},
        "completion_tokens_details": {"reasoning_tokens": spent.reasoning},
    }
