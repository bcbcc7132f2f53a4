"""Tokens of one call in one canon, read from what providers say in theirs.

Whatever a provider counts apart is inside the whole here: cached tokens inside the prompt, thoughts inside
the answer. Who counts what apart is told by the names of the fields, never guessed from the provider.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeGuard, cast

import msgspec


class Usage(msgspec.Struct, frozen=True, gc=False):
    """Tokens of one call; every part lies inside `input_tokens` or `output_tokens`."""

    input_tokens: int = 0
    """All of the prompt, cached or not."""
    output_tokens: int = 0
    """All of the answer, reasoning included."""
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0
    cache_write_1h: int = 0
    """The part of `cache_write` that is kept for an hour and costs more."""
    audio_in: int = 0
    audio_out: int = 0
    image_in: int = 0
    image_out: int = 0
    searches: int = 0
    """Searches of the web that the provider ran; they are no tokens."""

    def parts(self) -> dict[str, int]:
        """The same taken apart: parts that do not overlap, and the two wholes `input` and `output`."""
        read = min(self.cache_read, self.input_tokens)
        written = min(self.cache_write, self.input_tokens - read)
        hour = min(self.cache_write_1h, written)
        return {
            "input": self.input_tokens,
            "output": self.output_tokens,
            "input_uncached": self.input_tokens - read - written,
            "cache_read": read,
            "cache_write": written,
            "cache_write_5m": written - hour,
            "cache_write_1h": hour,
            "output_text": max(0, self.output_tokens - self.reasoning - self.audio_out - self.image_out),
            "reasoning": self.reasoning,
            "audio_in": self.audio_in,
            "audio_out": self.audio_out,
            "image_in": self.image_in,
            "image_out": self.image_out,
            "searches": self.searches,
        }


NOTHING: Final = Usage()
KNOWN_MAX: Final = 512
"""Sets of fields whose reader is remembered."""


def read_usage(raw: Mapping[str, Any]) -> Usage:
    """Read a provider's usage object, whole or within its answer; an unknown one counts nothing.

    OpenAI (both APIs) and those who speak like it, Anthropic, Gemini, Bedrock, Cohere, Ollama, the canon
    itself and parts that do not overlap (`input`, `cache_read`, `output`, …) are told apart by their fields.
    """
    fields = tuple(raw)
    read = _known.get(fields)
    if read is not None:
        return read(raw)
    for held in _HELD:
        if _is_mapping(inner := raw.get(held)) and (found := read_usage(inner)) != NOTHING:
            return found
    for names, read in _READERS:
        if not names.isdisjoint(raw):
            if len(_known) < KNOWN_MAX and _HOLDS.isdisjoint(fields):
                _known[fields] = read
            return read(raw)
    return NOTHING


def _openai(raw: Mapping[str, Any]) -> Usage:
    prompt, answer = ("prompt_tokens", "completion_tokens")
    if prompt not in raw and answer not in raw:
        prompt, answer = ("input_tokens", "output_tokens")
    inside = _part(raw, f"{prompt}_details") or _part(raw, "input_token_details", "input_tokens_details")
    outside = _part(raw, f"{answer}_details") or _part(raw, "output_token_details", "output_tokens_details")
    made, reasoning = _count(raw, answer), _count(outside, "reasoning_tokens", "reasoning")
    asked, total = _count(raw, prompt), _count(raw, "total_tokens")
    reasoning = reasoning or _count(raw, "reasoning_tokens")
    if reasoning and total == asked + made + reasoning:
        made += reasoning  # xAI counts thoughts beside the answer; its total says so
    return Usage(
        input_tokens=asked if prompt in raw else max(0, total - made),
        output_tokens=made,
        cache_read=_count(inside, "cached_tokens", "cache_read")
        or _count(raw, "prompt_cache_hit_tokens", "cached_tokens"),
        cache_write=_count(inside, "cache_write_tokens", "cache_creation"),
        reasoning=reasoning,
        audio_in=_count(inside, "audio_tokens", "audio"),
        audio_out=_count(outside, "audio_tokens", "audio"),
        image_in=_count(inside, "image_tokens"),
        image_out=_count(outside, "image_tokens"),
    )


def _anthropic(raw: Mapping[str, Any]) -> Usage:
    read, write = _count(raw, "cache_read_input_tokens"), _count(raw, "cache_creation_input_tokens")
    kept = _part(raw, "cache_creation")
    hour = _count(kept, "ephemeral_1h_input_tokens")
    write = max(write, hour + _count(kept, "ephemeral_5m_input_tokens"))
    return Usage(
        input_tokens=_count(raw, "input_tokens") + read + write,
        output_tokens=_count(raw, "output_tokens"),
        cache_read=read,
        cache_write=write,
        cache_write_1h=hour,
        reasoning=_count(_part(raw, "output_tokens_details"), "thinking_tokens"),
        searches=_count(_part(raw, "server_tool_use"), "web_search_requests"),
    )


def _gemini(raw: Mapping[str, Any]) -> Usage:
    def count(name: str) -> int:
        return _count(raw, name) or _count(raw, _SNAKE.get(name, ""))

    thoughts = count("thoughtsTokenCount")
    asked, made = count("promptTokenCount"), count("candidatesTokenCount")
    return Usage(
        input_tokens=asked + count("toolUsePromptTokenCount"),
        output_tokens=made + thoughts,
        cache_read=count("cachedContentTokenCount"),
        reasoning=thoughts,
        audio_in=_modality(raw, "promptTokensDetails", "AUDIO"),
        audio_out=_modality(raw, "candidatesTokensDetails", "AUDIO"),
        image_out=_modality(raw, "candidatesTokensDetails", "IMAGE"),
    )


def _bedrock(raw: Mapping[str, Any]) -> Usage:
    read = _count(raw, "cacheReadInputTokens", "cacheReadInputTokenCount")
    write = _count(raw, "cacheWriteInputTokens", "cacheWriteInputTokenCount")
    return Usage(
        input_tokens=_count(raw, "inputTokens", "inputTokenCount", "inputTextTokenCount") + read + write,
        output_tokens=_count(raw, "outputTokens", "outputTokenCount", "outputTextTokenCount"),
        cache_read=read,
        cache_write=write,
    )


def _cohere(raw: Mapping[str, Any]) -> Usage:
    tokens = _part(raw, "tokens") or _part(raw, "billed_units")
    return Usage(
        input_tokens=_count(tokens, "input_tokens"),
        output_tokens=_count(tokens, "output_tokens"),
        cache_read=_count(raw, "cached_tokens"),
    )


def _ollama(raw: Mapping[str, Any]) -> Usage:
    return Usage(
        _count(raw, "prompt_eval_count", "prompt_token_count"),
        _count(raw, "eval_count", "generation_token_count"),
    )


def _interactions(raw: Mapping[str, Any]) -> Usage:
    thoughts = _count(raw, "total_thought_tokens", "total_reasoning_tokens")
    return Usage(
        input_tokens=_count(raw, "total_input_tokens") + _count(raw, "total_tool_use_tokens"),
        output_tokens=_count(raw, "total_output_tokens") + thoughts,
        cache_read=_count(raw, "total_cached_tokens"),
        reasoning=thoughts,
    )


def _apart(raw: Mapping[str, Any]) -> Usage:
    read = _count(raw, "cache_read", "cache_read_input_tokens", "input_cached_tokens", "input_cached")
    write = _count(
        raw, "cache_write", "cache_write_5m", "cache_creation_input_tokens", "input_cache_creation"
    )
    hour = _count(raw, "cache_write_1h")
    asked, made, total = _count(raw, "input"), _count(raw, "output"), _count(raw, "total")
    return Usage(
        input_tokens=asked if total and total == asked + made else asked + read + write + hour,
        output_tokens=made,
        cache_read=read,
        cache_write=write + hour,
        cache_write_1h=hour,
        reasoning=_count(raw, "reasoning", "output_reasoning_tokens", "output_reasoning"),
    )


def _canon(raw: Mapping[str, Any]) -> Usage:
    parts = {name: _count(raw, name) for name in Usage.__struct_fields__}
    return Usage(**parts)


_SNAKE: Final = {
    "promptTokenCount": "prompt_token_count",
    "candidatesTokenCount": "candidates_token_count",
    "thoughtsTokenCount": "thoughts_token_count",
    "cachedContentTokenCount": "cached_content_token_count",
    "toolUsePromptTokenCount": "tool_use_prompt_token_count",
}
_READERS: Final = (
    (frozenset({"total_input_tokens", "total_output_tokens"}), _interactions),
    (frozenset({"input", "output"}), _apart),
    (frozenset({"promptTokenCount", "candidatesTokenCount", "candidates_token_count"}), _gemini),
    (frozenset({"cache_read_input_tokens", "cache_creation_input_tokens"}), _anthropic),
    (frozenset({"cache_read", "cache_write", "cache_write_1h"}), _canon),
    (frozenset({"prompt_tokens", "completion_tokens"}), _openai),
    (frozenset({"input_tokens_details", "output_tokens_details", "input_token_details"}), _openai),
    (frozenset({"billed_units"}), _cohere),
    (frozenset({"prompt_eval_count", "eval_count", "generation_token_count"}), _ollama),
    (frozenset({"input_tokens", "output_tokens"}), _anthropic),
    (frozenset({"inputTokens", "outputTokens", "inputTokenCount", "inputTextTokenCount"}), _bedrock),
    (frozenset({"tokens"}), _cohere),
    (frozenset({"total_tokens"}), _openai),
)
"""Fields that only one way of counting has, and who reads it."""
_HELD: Final = ("usage", "usageMetadata", "usage_metadata", "meta", "metadata", "metrics", "x_groq")
"""Where an answer holds its usage, the likeliest first."""
_HOLDS: Final = frozenset(_HELD)
_known: Final[dict[tuple[str, ...], Callable[[Mapping[str, Any]], Usage]]] = {}


def _count(raw: Mapping[str, Any], *names: str) -> int:
    """The first token counter that is there; what is negative or not a whole number counts as nothing."""
    for name in names:
        value = raw.get(name)
        if value is None:
            continue
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return 0


def _part(raw: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        value = raw.get(name)
        if value is not None and _is_mapping(value):
            return value
    return _EMPTY


def _modality(raw: Mapping[str, Any], name: str, modality: str) -> int:
    listed = raw.get(name)
    if not isinstance(listed, list):
        return 0
    held = cast("list[Any]", listed)
    found = (one for one in held if _is_mapping(one) and one.get("modality") == modality)
    return sum(_count(one, "tokenCount") for one in found)


_EMPTY: Final[Mapping[str, Any]] = {}


def _is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    # Nearly always a plain one: the abstract base would be asked in Python.
    return type(value) is dict or isinstance(value, Mapping)
