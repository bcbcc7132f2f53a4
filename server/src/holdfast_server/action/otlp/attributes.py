"""Attribute names: what each dialect calls the same thing, the one to believe first."""

from __future__ import annotations

from typing import Final

from holdfast.record import attributes as own

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "run": (own.RUN,),
    "session": (own.SESSION, "gen_ai.conversation.id", "session.id", "langfuse.session.id"),
    "person": (own.PERSON, "enduser.id", "user.id"),
    "agent": (own.AGENT, "agent.name", "traceloop.association.properties.agent"),
    "agent_version": (own.AGENT_VERSION,),
    "service": ("service.name",),
    "kind": (own.KIND,),
    "operation": ("gen_ai.operation.name",),
    "openinference_kind": ("openinference.span.kind", "traceloop.span.kind", "gen_ai.span.kind"),
    "provider": ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system"),
    "model": (
        *("gen_ai.response.model", "gen_ai.request.model", "llm.model_name", "embedding.model_name"),
        "llm.response.model",
    ),
    "tool": ("gen_ai.tool.name", "tool.name", "mcp.tool.name"),
    "cost_usd": (own.COST_USD,),
    "input": (
        *("gen_ai.input.messages", "gen_ai.tool.call.arguments", "input.value", "gen_ai.prompt"),
        *("traceloop.entity.input", "tool.parameters"),
    ),
    "output": (
        *("gen_ai.output.messages", "gen_ai.tool.call.result", "output.value", "gen_ai.completion"),
        "traceloop.entity.output",
    ),
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
"""What is understood, and under which names; the name that is believed first stands first."""

PLACES: Final = {name: (field, rank) for field, found in FIELDS.items() for rank, name in enumerate(found)}
"""The same by name: so each attribute is looked up once, not each name in each span."""

TOKENS: Final = ("input_tokens", "output_tokens", "cache_read", "cache_write", "reasoning")
CONTENT: Final = frozenset({*FIELDS["input"], *FIELDS["output"]})
"""Kept in columns of their own and not repeated among the attributes."""

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
