"""OpenLLMetry: the instrumentors of Traceloop."""

from __future__ import annotations

from typing import Final

from holdfast_server.action.otlp.dialects.dialect import Dialect

TRACELOOP: Final = Dialect(
    name="traceloop",
    title="OpenLLMetry (Traceloop)",
    about="https://github.com/traceloop/openllmetry; builds on the older GenAI conventions, adds entities.",
    fields={
        "session": (
            "traceloop.association.properties.session_id",
            "traceloop.association.properties.thread_id",
        ),
        "person": ("traceloop.association.properties.user_id",),
        "customer": (
            "traceloop.association.properties.customer_id",
            "traceloop.association.properties.organization_id",
            "traceloop.association.properties.tenant_id",
        ),
        "team": ("traceloop.association.properties.team",),
        "agent": (
            "traceloop.association.properties.agent",
            "traceloop.association.properties.lc_agent_name",
        ),
        "workflow": ("traceloop.workflow.name",),
        "provider": ("traceloop.association.properties.ls_provider",),
        "model": (
            "llm.response.model",
            "llm.request.model",
            "traceloop.association.properties.ls_model_name",
        ),
        "input": ("traceloop.entity.input",),
        "output": ("traceloop.entity.output",),
        "arguments": ("tool.arguments",),
        "input_tokens": ("llm.usage.prompt_tokens",),
        "output_tokens": ("llm.usage.completion_tokens",),
        "total_tokens": ("llm.usage.total_tokens",),
        "cache_read": ("llm.usage.cache_read_input_tokens",),
        "cache_write": ("llm.usage.cache_creation_input_tokens",),
    },
    operations={
        "llm.request.type": {
            "chat": "chat",
            "completion": "text_completion",
            "embedding": "embeddings",
            "rerank": "rerank",
        },
        "traceloop.span.kind": {
            "workflow": "invoke_workflow",
            "task": "task",
            "agent": "invoke_agent",
            "tool": "execute_tool",
            "handoff": "handoff",
        },
    },
    kept=(
        *("traceloop.*", "gen_ai.headers", "gen_ai.is_streaming", "llm.headers", "llm.is_streaming"),
        *("gen_ai.handoff.*", "gen_ai.task.*", "gen_ai.workflow.*", "llm.frequency_penalty", "llm.top_k"),
        *("llm.presence_penalty", "llm.chat.stop_sequences", "llm.request.functions.*", "crewai.*"),
    ),
)
