"""Attribute names: what each dialect calls the same thing, the one to believe first."""

from __future__ import annotations

from typing import Final

from holdfast.record import attributes as own

RUN: Final = (own.RUN,)
SESSION: Final = (own.SESSION, "gen_ai.conversation.id", "session.id", "langfuse.session.id")
PERSON: Final = (own.PERSON, "enduser.id", "user.id")
AGENT: Final = (own.AGENT, "agent.name", "traceloop.association.properties.agent")
AGENT_VERSION: Final = (own.AGENT_VERSION,)
SERVICE: Final = ("service.name",)
FRAMEWORK: Final = (own.FRAMEWORK,)
STEP_KIND: Final = (own.KIND,)
OPERATION: Final = ("gen_ai.operation.name",)
OPENINFERENCE_KIND: Final = ("openinference.span.kind", "traceloop.span.kind", "gen_ai.span.kind")
PROVIDER: Final = ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system")
MODEL: Final = (
    *("gen_ai.response.model", "gen_ai.request.model", "llm.model_name", "embedding.model_name"),
    "llm.response.model",
)
TOOL: Final = ("gen_ai.tool.name", "tool.name", "mcp.tool.name")
INPUT: Final = (
    *("gen_ai.input.messages", "gen_ai.tool.call.arguments", "input.value", "gen_ai.prompt"),
    *("traceloop.entity.input", "tool.parameters"),
)
OUTPUT: Final = (
    *("gen_ai.output.messages", "gen_ai.tool.call.result", "output.value", "gen_ai.completion"),
    "traceloop.entity.output",
)
SYSTEM: Final = ("gen_ai.system_instructions",)
COST_USD: Final = (own.COST_USD,)

USAGE: Final = {
    "input_tokens": (
        *("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt"),
        "llm.usage.prompt_tokens",
    ),
    "output_tokens": (
        *("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion"),
        "llm.usage.completion_tokens",
    ),
    "cache_read": (
        *("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"),
        "llm.token_count.prompt_details.cache_read",
    ),
    "cache_write": (
        *("gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens"),
        "llm.token_count.prompt_details.cache_write",
    ),
    "reasoning": (
        *("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens"),
        "llm.token_count.completion_details.reasoning",
    ),
}
"""Canonical token counts and their names."""

MESSAGE_PREFIXES: Final = (
    ("llm.input_messages.", "llm.output_messages."),
    ("gen_ai.prompt.", "gen_ai.completion."),
)
"""Dialects that flatten messages into numbered attributes: what went in, what came out."""

KIND_OF_OPERATION: Final = {
    "chat": "model",
    "text_completion": "model",
    "generate_content": "model",
    "embeddings": "model",
    "execute_tool": "tool",
    "invoke_agent": "delegate",
    "create_agent": "span",
    "invoke_workflow": "span",
}
KIND_OF_OPENINFERENCE: Final = {
    "llm": "model",
    "embedding": "model",
    "tool": "tool",
    "agent": "delegate",
}
