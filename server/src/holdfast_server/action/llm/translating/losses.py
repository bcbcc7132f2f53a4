"""What does not map from one API to another, in one table that people and programs read.

Three things can happen to a field that an API does not know. It is *refused*: `Untranslatable` names it, and
nothing is sent. It is *left out*, because what the model answers means the same without it. Or it is *turned
into* something near. Whatever is not in these tables and not translated is refused: nothing is lost silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from holdfast.errors import Invalid


class Untranslatable(Invalid):
    """A field has no place in the API that the model speaks."""

    code = "holdfast_untranslatable"

    def __init__(self, field: str, why: str) -> None:
        super().__init__(
            f"`{field}` cannot be translated: {why}",
            hint="Leave it out, or route this model to a provider that speaks the API of the request.",
        )
        self.field = field
        self.why = why


LEFT_OUT: Final[Mapping[str, Mapping[str, str]]] = {
    "chat": {
        "metadata": "labels for the provider's own dashboard",
        "prediction": "makes it faster, and changes no answer",
        "prompt_cache_key": "prompt caching is the provider's own",
        "prompt_cache_retention": "prompt caching is the provider's own",
        "service_tier": "a tier of another provider",
        "store": "nothing is stored at another provider",
        "verbosity": "a wish that only OpenAI's models know",
    },
    "responses": {
        "client_metadata": "labels for the provider's own dashboard",
        "include": "`reasoning.encrypted_content` comes anyway; anything else is refused",
        "metadata": "labels for the provider's own dashboard",
        "prompt_cache_key": "prompt caching is the provider's own",
        "prompt_cache_retention": "prompt caching is the provider's own",
        "service_tier": "a tier of another provider",
        "store": "nothing is stored at another provider, and `previous_response_id` is refused",
        "stream_options": "obfuscation pads the events of OpenAI alone",
    },
    "messages": {
        "context_management": "it only shortens what is sent; here all of it is",
        "service_tier": "a tier of another provider",
    },
}
"""Fields of a request that are left out, by the API of the client, each with the reason."""

TURNED: Final[Mapping[str, str]] = {
    "cache_control": "left out: prompt caching is the provider's own",
    "system messages in the middle": "stand at the top for `messages` and `gemini`, in their order",
    "reasoning effort": "`messages` and `gemini` count tokens: minimal 1024, low 2048, medium 8192, "
    "high 24576, xhigh 32768, below `max_tokens`; a budget becomes the highest effort that it pays for",
    "thoughts of earlier turns": "sent on when the API that is asked made them and their seal came back; "
    "left out otherwise, because no other API can read them",
    "a failed tool result": "`chat` and `responses` have no mark for it: its text tells",
    "annotations and logprobs of an answer": "left out: no other API has them",
    "stop_sequence": "`chat` says `stop`, `responses` says `completed`: neither tells which sequence came",
    "max_tokens": "`messages` must have one: what the gateway holds for the call, when there is none",
    "user": "`metadata.user_id` of `messages` is `user` of `chat` and `responses`; `gemini` has none",
    "image detail": "`messages` and `gemini` always look as closely as they can",
}
"""What arrives changed, or not at all, without an error."""

REFUSED: Final[Mapping[str, str]] = {
    "a client of `gemini`": "its requests reach models that speak `gemini`, nothing else",
    "count_tokens, countTokens": "only a model of the same API counts before it answers",
    "n, candidateCount above 1": "`responses` and `messages` answer once",
    "logit_bias, logprobs, top_logprobs": "only `chat` has them",
    "seed, presence_penalty, frequency_penalty": "`messages` and `responses` do not have them",
    "stop": "`responses` has no stop sequences",
    "top_k": "`chat` and `responses` do not have it",
    "audio, modalities, input_audio": "only `chat` speaks and hears",
    "functions, function_call": "replaced by tools years ago",
    "hosted tools, MCP servers, custom tools": "run or parsed by one provider alone",
    "previous_response_id, conversation, item_reference, prompt, background": "stored at OpenAI",
    "file ids": "stored at one provider",
    "an image in a tool result": "`chat` and `gemini` take text there",
    "a JSON object without a schema": "`messages` wants a schema",
    "one call at a time": "`gemini` cannot be told",
    "citations, container, mcp_servers, server tools": "only `messages` has them",
}
"""What `Untranslatable` names."""
