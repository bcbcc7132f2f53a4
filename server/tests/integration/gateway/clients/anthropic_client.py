"""What a program with the `anthropic` package does through the gateway, told as JSON. `base_url api_key`."""

import json
import sys

import anthropic

TOOLS = [{"name": "look_up", "input_schema": {"type": "object", "properties": {}}}]
ASKED = {"model": "claude-sonnet-4-5", "max_tokens": 200, "messages": [{"role": "user", "content": "hi"}]}


def main() -> dict[str, object]:
    client = anthropic.Anthropic(base_url=sys.argv[1], api_key=sys.argv[2], max_retries=2)
    found: dict[str, object] = {"version": anthropic.__version__}
    whole = client.messages.create(**ASKED)
    found["whole"], found["usage"] = whole.content[0].text, whole.usage.output_tokens
    with client.messages.stream(**ASKED) as stream:
        found["streamed"] = "".join(stream.text_stream)
        found["streamed_usage"] = stream.get_final_message().usage.output_tokens
    call = next(one for one in client.messages.create(**ASKED, tools=TOOLS).content if one.type == "tool_use")
    found["tool"] = [call.name, call.input]
    with client.messages.stream(**ASKED, tools=TOOLS) as stream:
        call = next(one for one in stream.get_final_message().content if one.type == "tool_use")
    found["streamed_tool"] = [call.name, call.input]
    try:
        client.messages.create(**{**ASKED, "model": "claude-forbidden"})
    except anthropic.PermissionDeniedError as error:
        found["denied"] = error.body["error"]["code"]
    try:
        client.messages.create(**{**ASKED, "model": "nobody/has-this"})
    except anthropic.NotFoundError as error:
        found["not_found"] = error.body["error"]["code"]
    try:
        anthropic.Anthropic(base_url=sys.argv[1], api_key="hf-wrong").messages.create(**ASKED)
    except anthropic.AuthenticationError as error:
        found["wrong_key"] = error.body["error"]["code"]
    return found


print(json.dumps(main()))
