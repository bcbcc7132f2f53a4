"""An answer of Responses, read and written whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from holdfast.record.models.parts import Json, data, listing, mapping, string
from holdfast.record.usage import read_usage
from holdfast_server.action.llm.translating.form import Answer, Call, Stop, Text, Thought
from holdfast_server.action.llm.translating.seals import opened, sealed
from holdfast_server.action.llm.translating.usages import responses_usage

REASONS = {"length": "max_output_tokens", "filter": "content_filter"}


def read_answer(body: Json) -> Answer:
    """What was answered."""
    parts = tuple(part for item in map(mapping, listing(body.get("output"))) for part in parts_of(item))
    at = body.get("created_at")
    return Answer(
        id=string(body.get("id")),
        model=string(body.get("model")),
        parts=parts,
        stop=stop_of(body, calls=any(isinstance(part, Call) for part in parts)),
        usage=read_usage(mapping(body.get("usage"))),
        created=int(at) if isinstance(at, int | float) else 0,
    )


def stop_of(body: Json, *, calls: bool) -> Stop:
    """Why it stopped, which is told only when it was too early."""
    if body.get("status") == "incomplete":
        reason = mapping(body.get("incomplete_details")).get("reason")
        return "filter" if reason == "content_filter" else "length"
    return "calls" if calls else "end"


def parts_of(item: Json) -> Iterator[Text | Thought | Call]:
    """What an item says."""
    match item.get("type"):
        case "message":
            for part in map(mapping, listing(item.get("content"))):
                if text := string(part.get("text")) or string(part.get("refusal")):
                    yield Text(text)
        case "function_call":
            arguments = string(item.get("arguments"))
            yield Call(string(item.get("call_id")), string(item.get("name")), arguments)
        case "reasoning":
            if thought := thought_of(item):
                yield thought
        case _:
            # What the provider did itself has no counterpart; what it found is in the text.
            return


def thought_of(item: Json) -> Thought | None:
    """A thought: its summary, and the seal that OpenAI wants back with the item's id."""
    text = "\n\n".join(string(mapping(one).get("text")) for one in listing(item.get("summary")))
    seal, maker = seal_of(item)
    if not text and not seal:
        return None
    return Thought(text, seal, maker, hidden=not text and maker != "messages")


def seal_of(item: Json) -> tuple[str, str]:
    """The seal of a thought, and who made it."""
    seal, maker = opened(string(item.get("encrypted_content")), api="responses")
    if seal and maker == "responses":
        return json.dumps([string(item.get("id")), seal]), maker
    return seal, maker if seal else ""


def split_seal(seal: str) -> tuple[str, str]:
    """The item and the seal in what `seal_of` joined; what somebody else made has no item."""
    match data(seal):
        case [str(item), str(rest)]:
            return item, rest
        case _:
            return "rs_0", seal


def write_answer(answer: Answer) -> Json:
    """The body of the answer."""
    return response_of(answer, [item_of(part, answer.id, place) for place, part in enumerate(answer.parts)])


def response_of(answer: Answer, items: list[Json], status: str | None = None) -> Json:
    """The response around its items."""
    reason = REASONS.get(answer.stop)
    return {
        "id": answer.id,
        "object": "response",
        "created_at": answer.created,
        "status": status or ("incomplete" if reason else "completed"),
        "background": False,
        "error": None,
        "incomplete_details": {"reason": reason} if reason else None,
        "instructions": None,
        "max_output_tokens": None,
        "model": answer.model,
        "output": items,
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "store": False,
        "temperature": None,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": None,
        "truncation": "disabled",
        "usage": responses_usage(answer.usage) if status is None else None,
        "user": None,
        "metadata": {},
    }


def item_of(part: Text | Thought | Call, response: str, place: int) -> Json:
    """A part as an item, with an id that is the same whenever it is written."""
    match part:
        case Text():
            return {**message_item(response, place), "status": "completed", "content": [text_part(part.text)]}
        case Thought():
            return reasoning_item(part, response, place)
        case Call():
            return {**call_item(part.id, part.name, response, place), "arguments": part.arguments}


def message_item(response: str, place: int) -> Json:
    """A message that is begun."""
    made = {"type": "message", "role": "assistant", "status": "in_progress", "content": list[Any]()}
    return {"id": f"msg_{response}_{place}", **made}


def text_part(text: str) -> Json:
    """What a message says."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def call_item(id: str, name: str, response: str, place: int) -> Json:  # noqa: A002 - the wire's word
    """A call that is begun."""
    made = {"type": "function_call", "status": "completed", "call_id": id, "name": name, "arguments": ""}
    return {"id": f"fc_{response}_{place}", **made}


def reasoning_item(thought: Thought, response: str, place: int) -> Json:
    """A thought: its summary in the open, its seal beside it."""
    item, seal = f"rs_{response}_{place}", thought.seal
    if seal and thought.maker == "responses":
        item, seal = split_seal(seal)
    summary = [{"type": "summary_text", "text": thought.text}] if thought.text else []
    body: Json = {"id": item, "type": "reasoning", "summary": summary}
    return body | ({"encrypted_content": sealed(seal, thought.maker, api="responses")} if seal else {})
