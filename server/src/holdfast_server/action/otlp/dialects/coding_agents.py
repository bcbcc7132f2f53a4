"""Codex and the Gemini CLI: log records, with keys of their own."""

from __future__ import annotations

from typing import Final

from holdfast_server.action.otlp.dialects.dialect import Dialect

CODING_AGENTS: Final = Dialect(
    name="coding-agents",
    title="Codex, Gemini CLI",
    about="https://developers.openai.com/codex/, https://geminicli.com/docs/cli/telemetry/; log records.",
    fields={
        "session": ("conversation.id",),
        "person": ("user.account_id",),
        "tool": ("function_name",),
        "call_id": ("call_id",),
        "arguments": ("function_args", "arguments"),
        "result": ("response_text",),
        "input_tokens": ("input_token_count",),
        "output_tokens": ("output_token_count",),
        "total_tokens": ("total_token_count",),
        "cache_read": ("cached_token_count", "cached_content_token_count"),
        "reasoning": ("reasoning_token_count", "thoughts_token_count"),
    },
    spans={
        "codex.sse_event": "chat",
        "codex.tool_result": "execute_tool",
        "codex.user_prompt": "prompt",
        "gemini_cli.api_response": "chat",
        "gemini_cli.api_error": "chat",
        "gemini_cli.tool_call": "execute_tool",
        "gemini_cli.user_prompt": "prompt",
    },
    kept=("codex.*", "gemini_cli.*", "event.kind", "tool_token_count", "prompt_id", "auth_type", "slug"),
)
