"""The API of Anthropic."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, Final

from holdfast.record.answers import merge_usage
from holdfast.record.models.dialect import Answered, Dialect, read_failure
from holdfast.record.models.offering import in_turns, keep_in_turns
from holdfast.record.models.parts import Json, add, blocks, listing, mapping, message_of, string
from holdfast.record.models.refusals import anthropic_error

SERVERS: Final = "mcp_servers"
"""Servers whose tools Anthropic calls; they stand in a field of their own."""


class Messages(Dialect):
    """Anthropic Messages."""

    api = "messages"
    provider = "anthropic"
    paths = ("/v1/messages",)
    limits = ("max_tokens",)
    said = ("system", "messages")
    offering = "messages"

    def tools_of(self, body: Json) -> list[Json]:
        servers = map(mapping, listing(body.get(SERVERS)))
        found = super().tools_of(body) + [{"type": SERVERS, "name": one.get("name")} for one in servers]
        return [*found, *in_turns(body.get("messages"))]

    def without_tools(self, body: Json, names: Collection[str]) -> Json:
        servers = [one for one in listing(body.get(SERVERS)) if mapping(one).get("name") not in names]
        rest = {name: one for name, one in body.items() if name != SERVERS}
        left = super().without_tools(rest, names) | ({SERVERS: servers} if servers else {})
        if "messages" in left:
            left["messages"] = keep_in_turns(left["messages"], names, self.tool_name)
        return left

    def read_messages(self, body: Json) -> list[Json]:
        system = body.get("system")
        found = [message_of("system", blocks(system))] if system else []
        said = map(mapping, listing(body.get("messages")))
        return found + [message_of(string(one.get("role")), blocks(one.get("content"))) for one in said]

    def read_answer(self, body: Json, into: Answered) -> None:
        into.model = str(body.get("model") or into.model)
        into.id = string(body.get("id")) or into.id
        into.usage = merge_usage(into.usage, body)
        into.finish = string(body.get("stop_reason")) or into.finish
        for place, block in enumerate(map(mapping, listing(body.get("content")))):
            self._start(place, block, into)
            if block.get("type") == "tool_use":
                into.call(place, text=json.dumps(block.get("input", {})))

    def read_event(self, event: Json, into: Answered) -> None:
        match event.get("type"):
            case "message_start":
                message = mapping(event.get("message"))
                into.model = str(message.get("model") or into.model)
                into.id = string(message.get("id")) or into.id
                into.usage = merge_usage(into.usage, message)
            case "content_block_start":
                self._start(event.get("index"), mapping(event.get("content_block")), into)
            case "content_block_delta":
                delta = mapping(event.get("delta"))
                add(into.text, delta.get("text"))
                add(into.reasoning, delta.get("thinking"))
                if delta.get("type") == "input_json_delta":
                    into.call(event.get("index"), text=string(delta.get("partial_json")))
            case "message_delta":
                # Counts are cumulative: the last ones win, field by field.
                into.usage = merge_usage(into.usage, event)
                into.finish = string(mapping(event.get("delta")).get("stop_reason")) or into.finish
            case "error":
                read_failure(event, into)
            case _:
                pass

    def refusal(self, message: str, code: str, status: int = 403) -> Json:
        return anthropic_error(message, code, status)

    def _start(self, place: Any, block: Json, into: Answered) -> None:
        if block.get("type") == "tool_use":
            into.call(place, id=string(block.get("id")), name=string(block.get("name")))
        add(into.text, block.get("text"))
        add(into.reasoning, block.get("thinking"))
