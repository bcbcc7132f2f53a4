"""Anthropic Messages."""

from __future__ import annotations

import json
from collections.abc import Iterator

from holdfast.testing.provider.answer import Answer, Piece, pieces, sse
from holdfast.testing.provider.conversation import Conversation, Json, plain_text
from holdfast.testing.provider.dialect import Asked, asked_in_body, error_message, error_type, objects
from holdfast.testing.provider.scenario import Fault


class Messages:
    """`POST /v1/messages`."""

    name = "messages"

    def asked(self, path: str, body: Json) -> Asked | None:
        """Any path that ends in `/messages`."""
        return asked_in_body(path, body, suffix="/messages")

    def read(self, conversation: Conversation) -> None:
        """Tools, system, then messages block by block."""
        for tool in objects(conversation.body.get("tools")):
            conversation.offered[tool.get("name", "")] = tool.get("input_schema") or {}
        if system := conversation.body.get("system"):
            conversation.hear("system", plain_text(system))
        for message in objects(conversation.body.get("messages")):
            _hear_message(conversation, message)

    def whole(self, answer: Answer) -> Json:
        """A `message`; like the real one, its input count leaves cached tokens out."""
        spent = answer.spent
        return {
            "id": "msg_" + answer.id,
            "type": "message",
            "role": "assistant",
            "model": answer.model,
            "content": _blocks(answer),
            "stop_reason": answer.stop or ("tool_use" if answer.calls else "end_turn"),
            "stop_sequence": None,
            "usage": {
                "input_tokens": spent.input,
                "output_tokens": spent.output,
                "cache_read_input_tokens": spent.cached,
                "cache_creation_input_tokens": 0,
                "service_tier": "standard",
            },
        }

    def stream(self, answer: Answer) -> Iterator[Piece]:
        """The typed events: input tokens come first, output tokens last."""
        whole = self.whole(answer)
        usage = {**whole["usage"], "output_tokens": 1}
        opening: Json = {**whole, "content": [], "stop_reason": None, "usage": usage}
        yield Piece(_event("message_start", message=opening))
        yield Piece(_event("ping"))
        for index, block in enumerate(whole["content"]):
            yield from _block_events(block, index=index, chunks=answer.chunks)
        delta = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
        yield Piece(_event("message_delta", delta=delta, usage={"output_tokens": answer.spent.output}))
        yield Piece(_event("message_stop"))

    def error(self, fault: Fault) -> Json:
        """Anthropic's error object."""
        return {"type": "error", "error": {"type": error_type(fault), "message": error_message(fault)}}


def _hear_message(conversation: Conversation, message: Json) -> None:
    content = message.get("content")
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else objects(content)
    for block in blocks:
        if block.get("type") == "tool_use":
            conversation.called.append(block.get("name", ""))
    results = [block for block in blocks if block.get("type") == "tool_result"]
    for result in results:
        conversation.hear("tool", plain_text(result.get("content")))
    if not results or message.get("role") == "assistant":
        spoken = [block for block in blocks if block.get("type") not in ("tool_result", "tool_use")]
        conversation.hear(message.get("role", ""), plain_text(spoken))


def _blocks(answer: Answer) -> list[Json]:
    blocks: list[Json] = []
    if answer.reasoning:
        blocks.append({"type": "thinking", "thinking": answer.reasoning, "signature": "c2NyaXB0ZWQ="})
    if answer.text:
        blocks.append({"type": "text", "text": answer.text})
    blocks += [
        {"type": "tool_use", "id": "toolu_" + c.id[-20:], "name": c.name, "input": c.parsed}
        for c in answer.calls
    ]
    return blocks


def _block_events(block: Json, *, index: int, chunks: int) -> Iterator[Piece]:
    empty, kind, field, text = _unrolled(block)
    yield Piece(_event("content_block_start", index=index, content_block=empty))
    for piece in pieces(text, chunks):
        yield Piece(
            _event("content_block_delta", index=index, delta={"type": kind, field: piece}), paced=True
        )
    if kind == "thinking_delta":
        signature = {"type": "signature_delta", "signature": block["signature"]}
        yield Piece(_event("content_block_delta", index=index, delta=signature))
    yield Piece(_event("content_block_stop", index=index))


def _unrolled(block: Json) -> tuple[Json, str, str, str]:
    """A block as a stream shows it: its empty form, the deltas' type and field, and the text to cut up."""
    match block["type"]:
        case "text":
            return {"type": "text", "text": ""}, "text_delta", "text", block["text"]
        case "thinking":
            empty = {"type": "thinking", "thinking": "", "signature": ""}
            return empty, "thinking_delta", "thinking", block["thinking"]
        case _:
            return {**block, "input": {}}, "input_json_delta", "partial_json", json.dumps(block["input"])


def _event(kind: str, **fields: object) -> bytes:
    return sse({"type": kind, **fields}, kind)
