"""The same conventions up to 1.36: other names, numbered attributes, one event a message."""

from __future__ import annotations

from typing import Final

from holdfast_server.action.otlp.dialects.dialect import Dialect, Family

GENAI_OLD: Final = Dialect(
    name="genai-old",
    title="GenAI semantic conventions, 1.36 and earlier",
    about="https://opentelemetry.io/docs/specs/semconv/gen-ai/; messages are numbered attributes or events.",
    fields={
        "session": ("session.id",),
        "person": ("enduser.id", "user.id"),
        "service": ("service.name",),
        "release": ("service.version",),
        "environment": ("deployment.environment.name", "deployment.environment"),
        "customer": ("customer.id", "tenant.id", "organization.id"),
        "team": ("team.name",),
        "provider": ("gen_ai.system",),
        "messages_in": ("gen_ai.prompt", "gen_ai.prompt_json"),
        "messages_out": ("gen_ai.completion", "gen_ai.completion_json"),
        "input_tokens": ("gen_ai.usage.prompt_tokens",),
        "output_tokens": ("gen_ai.usage.completion_tokens",),
        "cache_read": ("gen_ai.usage.cache_read_input_tokens",),
        "cache_write": ("gen_ai.usage.cache_creation_input_tokens",),
        "reasoning": ("gen_ai.usage.reasoning_tokens",),
        "tool": ("gen_ai.tool_name",),
        "agent": ("gen_ai.agent_name",),
    },
    families=(
        Family("gen_ai.prompt.", "input"),
        Family("gen_ai.completion.", "output"),
    ),
    events={
        "messages_in": ("gen_ai.prompt",),
        "messages_out": ("gen_ai.completion",),
    },
    kept=("gen_ai.openai.*", "gen_ai.azure.*", "gen_ai.choice", "gen_ai.event.*"),
)
"""Events `gen_ai.{system,user,assistant,tool}.message` and `gen_ai.choice` are read in `messages.py`."""
