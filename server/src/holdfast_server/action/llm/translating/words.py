"""What maps: the same wish in the words of each API. An empty word means that the API does not have it."""

from __future__ import annotations

from typing import Final, NamedTuple


class Words(NamedTuple):
    """One thing that can be asked, in every API."""

    meaning: str
    chat: str
    responses: str
    messages: str
    gemini: str


WORDS: Final = (
    Words("the model", "model", "model", "model", "in the path"),
    Words("the conversation", "messages", "input", "messages", "contents"),
    Words(
        "instructions",
        "messages of role `system` and `developer`",
        "instructions",
        "system",
        "systemInstruction",
    ),
    Words("a picture", "image_url", "input_image", "image", "inlineData, fileData"),
    Words("a document", "file", "input_file", "document", "inlineData, fileData"),
    Words("tools", "tools", "tools", "tools", "tools.functionDeclarations"),
    Words("which tool", "tool_choice", "tool_choice", "tool_choice", "toolConfig.functionCallingConfig"),
    Words(
        "one call at a time",
        "parallel_tool_calls",
        "parallel_tool_calls",
        "tool_choice.disable_parallel_tool_use",
        "",
    ),
    Words("a call", "tool_calls", "function_call", "tool_use", "functionCall"),
    Words(
        "its result", "a message of role `tool`", "function_call_output", "tool_result", "functionResponse"
    ),
    Words(
        "the longest answer",
        "max_completion_tokens, max_tokens",
        "max_output_tokens",
        "max_tokens",
        "maxOutputTokens",
    ),
    Words("temperature", "temperature", "temperature", "temperature", "temperature"),
    Words("nucleus", "top_p", "top_p", "top_p", "topP"),
    Words("the k most likely", "", "", "top_k", "topK"),
    Words("a seed", "seed", "", "", "seed"),
    Words("where to stop", "stop", "", "stop_sequences", "stopSequences"),
    Words(
        "penalties",
        "presence_penalty, frequency_penalty",
        "",
        "",
        "presencePenalty, frequencyPenalty",
    ),
    Words(
        "how hard to think",
        "reasoning_effort",
        "reasoning.effort",
        "thinking.budget_tokens, output_config.effort",
        "thinkingConfig.thinkingBudget",
    ),
    Words("JSON of a schema", "response_format", "text.format", "output_config.format", "responseJsonSchema"),
    Words("JSON", "response_format", "text.format", "", "responseMimeType"),
    Words("a stream", "stream", "stream", "stream", "in the path"),
    Words(
        "its usage", "stream_options.include_usage", "it always comes", "it always comes", "it always comes"
    ),
    Words("for whom", "user, safety_identifier", "user, safety_identifier", "metadata.user_id", ""),
    Words("thoughts", "reasoning_content", "reasoning items", "thinking", "thought"),
    Words(
        "their seals",
        "reasoning_details",
        "encrypted_content",
        "signature, redacted_thinking",
        "`thoughtSignature` on calls",
    ),
    Words(
        "it is done",
        "stop",
        "completed",
        "end_turn",
        "STOP",
    ),
    Words("no room is left", "length", "incomplete: `max_output_tokens`", "max_tokens", "MAX_TOKENS"),
    Words("it calls tools", "tool_calls", "completed", "tool_use", "STOP"),
    Words("it was filtered", "content_filter", "incomplete: `content_filter`", "refusal", "any other reason"),
    Words(
        "a stream that failed",
        "an event with `error`",
        "an event of type `error`",
        "an event of type `error`",
        "an event with `error`",
    ),
)
"""Requests first, then answers."""
