"""An answer of Chat Completions, read and written whole."""

from __future__ import annotations

from typing import Any, Final

from holdfast.record.models.parts import Json, listing, mapping, string
from holdfast.record.usage import read_usage
from holdfast_server.action.llm.translating.chat.thoughts import FORMATS, detail_of, extra_of, read_thoughts
from holdfast_server.action.llm.translating.fields import Fields
from holdfast_server.action.llm.translating.form import Answer, Call, Stop, Text, Thought
from holdfast_server.action.llm.translating.usages import chat_usage

STOPS: Final[dict[str, Stop]] = {
    "stop": "end",
    "length": "length",
    "tool_calls": "calls",
    "function_call": "calls",
    "content_filter": "filter",
}
FINISHES: Final[dict[Stop, str]] = {
    "end": "stop",
    "length": "length",
    "calls": "tool_calls",
    "filter": "content_filter",
    "sequence": "stop",
}


def read_answer(body: Json) -> Answer:
    """What was answered; of several choices the first."""
    choice = mapping(next(iter(listing(body.get("choices"))), None))
    said = mapping(choice.get("message"))
    parts: list[Text | Thought | Call] = []
    if thought := string(said.get("reasoning_content")) or string(said.get("reasoning")):
        parts.append(Thought(thought))
    parts += _sealed(said, parts)
    if text := text_of(said.get("content")) + string(said.get("refusal")):
        parts.append(Text(text))
    parts += [call_of(mapping(call)) for call in listing(said.get("tool_calls"))]
    return Answer(
        id=string(body.get("id")),
        model=string(body.get("model")),
        parts=tuple(parts),
        stop=stop_of(string(choice.get("finish_reason"))),
        usage=read_usage(mapping(body.get("usage"))),
        created=created_of(body),
    )


def _sealed(said: Json, parts: list[Text | Thought | Call]) -> list[Thought]:
    """Thoughts with seals; in the place of the same thoughts without."""
    details = [
        one
        for one in listing(said.get("reasoning_details"))
        if mapping(one).get("format") in FORMATS.values()
    ]
    found = list(read_thoughts(Fields({"reasoning_details": details})))
    if any(one.text for one in found):
        parts.clear()
    return found


def text_of(content: Any) -> str:
    """A text, or the text of the blocks that Mistral makes of one."""
    if isinstance(content, str):
        return content
    return "".join(string(mapping(block).get("text")) for block in listing(content))


def call_of(call: Json) -> Call:
    """A call of a tool."""
    made = mapping(call.get("function"))
    google = mapping(mapping(call.get("extra_content")).get("google"))
    seal = string(google.get("thought_signature"))
    return Call(string(call.get("id")), string(made.get("name")), string(made.get("arguments")), seal)


def stop_of(finish: str) -> Stop:
    """Why it stopped; what nobody knows is an end."""
    return STOPS.get(finish, "end")


def created_of(body: Json) -> int:
    """When it was made, in seconds."""
    at = body.get("created")
    return int(at) if isinstance(at, int | float) else 0


def write_answer(answer: Answer) -> Json:
    """The body of the answer."""
    texts = [part.text for part in answer.parts if isinstance(part, Text)]
    thoughts = [part for part in answer.parts if isinstance(part, Thought)]
    calls = [written_call(part) for part in answer.parts if isinstance(part, Call)]
    message: Json = {"role": "assistant", "content": "".join(texts) if texts or not calls else None}
    if told := "".join(one.text for one in thoughts):
        message["reasoning_content"] = told
    if sealed := [detail_of(one) for one in thoughts if one.seal]:
        message["reasoning_details"] = sealed
    if calls:
        message["tool_calls"] = calls
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": FINISHES[answer.stop]}
    return {
        "id": answer.id,
        "object": "chat.completion",
        "created": answer.created,
        "model": answer.model,
        "choices": [choice],
        "usage": chat_usage(answer.usage),
    }


def written_call(call: Call) -> Json:
    """A call as it stands in an answer."""
    made = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": made, **extra_of(call.seal)}
