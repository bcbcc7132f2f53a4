"""What an answer used, in the words of each API."""

from __future__ import annotations

from typing import Any

from holdfast.record.usage import Usage

Json = dict[str, Any]


def chat_usage(usage: Usage) -> Json:
    """As Chat Completions counts: cached tokens inside the prompt, thoughts inside the answer."""
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read, "cache_write_tokens": usage.cache_write},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }


def responses_usage(usage: Usage) -> Json:
    """As Responses counts: the same in other words."""
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {"cached_tokens": usage.cache_read, "cache_write_tokens": usage.cache_write},
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }


def messages_usage(usage: Usage) -> Json:
    """As Messages counts: cached tokens beside the prompt."""
    parts = usage.parts()
    return {
        "input_tokens": parts["input_uncached"],
        "cache_creation_input_tokens": parts["cache_write"],
        "cache_read_input_tokens": parts["cache_read"],
        "output_tokens": usage.output_tokens,
    }
