"""Claude Code: log records, with keys of their own."""

from __future__ import annotations

from typing import Final

from holdfast_server.action.otlp.dialects.dialect import Dialect

CLAUDE_CODE: Final = Dialect(
    name="claude-code",
    title="Claude Code",
    about="https://code.claude.com/docs/en/monitoring-usage; log records, cached tokens beside the input.",
    fields={
        "session": ("claude.code.session_id", "claude_code.session_id"),
        "person": ("user.account_uuid", "user.email"),
        "customer": ("organization.id",),
        "release": ("app.version",),
        "model": ("model",),
        "tool": ("claude.code.tool.name", "tool_name"),
        "call_id": ("tool_use_id",),
        "response_id": ("request_id",),
        "arguments": ("tool_parameters", "tool_input"),
        "input": ("prompt", "user_prompt"),
        "input_tokens": ("input_tokens",),
        "output_tokens": ("output_tokens",),
        "cache_read": ("cache_read_tokens", "cache_read_input_tokens"),
        "cache_write": ("cache_creation_tokens", "cache_creation_input_tokens"),
        "reported_usd": ("cost_usd",),
    },
    spans={
        "claude_code.llm_request": "chat",
        "claude_code.tool": "execute_tool",
        "claude_code.interaction": "invoke_agent",
        "claude_code.api_request": "chat",
        "claude_code.tool_result": "execute_tool",
        "claude_code.user_prompt": "prompt",
        "claude_code.api_error": "chat",
    },
    kept=(
        *("claude.code.*", "claude_code.*", "duration_ms", "success", "decision", "prompt_length", "app.*"),
        *(
            "event.timestamp",
            "event.sequence",
            "terminal.type",
            "prompt.id",
            "attempt",
            "status_code",
            "speed",
        ),
    ),
    cached="beside",
)
