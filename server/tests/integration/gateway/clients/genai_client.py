"""What a program with `google-genai` does through the gateway, told as JSON. `base_url api_key`."""

import json
import sys

from google import genai
from google.genai import errors, types

MODEL = "gemini-2.5-flash"
TOOLS = [types.Tool(function_declarations=[types.FunctionDeclaration(name="look_up")])]


def main() -> dict[str, object]:
    options = types.HttpOptions(base_url=sys.argv[1])
    client = genai.Client(api_key=sys.argv[2], http_options=options)
    found: dict[str, object] = {"version": genai.__version__}
    whole = client.models.generate_content(model=MODEL, contents="hi")
    found["whole"], found["usage"] = whole.text, whole.usage_metadata.candidates_token_count
    chunks = list(client.models.generate_content_stream(model=MODEL, contents="hi"))
    found["streamed"] = "".join(one.text or "" for one in chunks)
    found["streamed_usage"] = chunks[-1].usage_metadata.candidates_token_count
    config = types.GenerateContentConfig(
        tools=TOOLS, automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True)
    )
    call = client.models.generate_content(model=MODEL, contents="hi", config=config).function_calls[0]
    found["tool"] = [call.name, dict(call.args)]
    pieces = client.models.generate_content_stream(model=MODEL, contents="hi", config=config)
    call = next(one.function_calls[0] for one in pieces if one.function_calls)
    found["streamed_tool"] = [call.name, dict(call.args)]
    for name, model, key in (
        ("denied", "gemini-forbidden", sys.argv[2]),
        ("not_found", "nobody-has-this", sys.argv[2]),
        ("wrong_key", MODEL, "hf-wrong"),
    ):
        try:
            other = genai.Client(api_key=key, http_options=options)
            other.models.generate_content(model=model, contents="hi")
        except errors.ClientError as error:
            found[name] = error.details["error"]["details"][0]["reason"]
    return found


print(json.dumps(main()))
