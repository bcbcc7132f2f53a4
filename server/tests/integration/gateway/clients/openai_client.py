"""What a program with the `openai` package does through the gateway, told as JSON. `base_url api_key`."""

import json
import sys

import openai

TOOLS = [
    {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object", "properties": {}}}}
]
MODEL, HI = "gpt-4o-mini", [{"role": "user", "content": "hi"}]


def main() -> dict[str, object]:
    client = openai.OpenAI(base_url=f"{sys.argv[1]}/v1", api_key=sys.argv[2], max_retries=2)
    found: dict[str, object] = {"version": openai.__version__}
    whole = client.chat.completions.create(model=MODEL, messages=HI)
    found["whole"] = whole.choices[0].message.content
    found["usage"] = whole.usage.completion_tokens
    chunks = list(client.chat.completions.create(model=MODEL, messages=HI, stream=True))
    found["streamed"] = "".join(one.choices[0].delta.content or "" for one in chunks)
    counted = client.chat.completions.create(
        model=MODEL, messages=HI, stream=True, stream_options={"include_usage": True}
    )
    found["streamed_usage"] = [one.usage.completion_tokens for one in counted if one.usage][-1]
    call = (
        client.chat.completions.create(model=MODEL, messages=HI, tools=TOOLS).choices[0].message.tool_calls[0]
    )
    found["tool"] = [call.function.name, json.loads(call.function.arguments)]
    pieces = client.chat.completions.create(model=MODEL, messages=HI, tools=TOOLS, stream=True)
    made = [one.choices[0].delta.tool_calls[0] for one in pieces if one.choices[0].delta.tool_calls]
    arguments = "".join(one.function.arguments or "" for one in made)
    found["streamed_tool"] = [made[0].function.name, json.loads(arguments)]
    found["response"] = client.responses.create(model=MODEL, input="hi").output_text
    events = list(client.responses.create(model=MODEL, input="hi", stream=True))
    found["streamed_response"] = events[-1].response.output_text
    found["models"] = [one.id for one in client.models.list()]
    try:
        client.chat.completions.create(model="gpt-forbidden", messages=HI)
    except openai.PermissionDeniedError as error:
        found["denied"] = error.code
    try:
        client.chat.completions.create(model="nobody/has-this", messages=HI)
    except openai.NotFoundError as error:
        found["not_found"] = error.code
    try:
        openai.OpenAI(base_url=f"{sys.argv[1]}/v1", api_key="hf-wrong").models.list()
    except openai.AuthenticationError as error:
        found["wrong_key"] = error.code
    return found


print(json.dumps(main()))
