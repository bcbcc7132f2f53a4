"""OpenInference: Phoenix and the instrumentors of Arize."""

from __future__ import annotations

from typing import Final

from holdfast_server.action.otlp.dialects.dialect import Dialect, Family

OPENINFERENCE: Final = Dialect(
    name="openinference",
    title="OpenInference",
    about="https://github.com/Arize-ai/openinference/tree/main/spec; messages are numbered attributes.",
    fields={
        "session": ("session.id",),
        "person": ("user.id",),
        "agent": ("agent.name",),
        "provider": ("llm.provider", "llm.system"),
        "model": ("llm.response.model", "llm.model_name", "embedding.model_name", "reranker.model_name"),
        "tool": ("tool.name", "tool_call.function.name"),
        "call_id": ("tool.call_id", "tool.id", "tool_call.id"),
        "arguments": ("tool.parameters", "tool_call.function.arguments"),
        "tags": ("tag.tags",),
        "input": ("input.value",),
        "output": ("output.value",),
        "input_tokens": ("llm.token_count.prompt",),
        "output_tokens": ("llm.token_count.completion",),
        "total_tokens": ("llm.token_count.total",),
        "cache_read": (
            "llm.token_count.prompt_details.cache_read",
            "llm.token_count.prompt_details.cache_input",
        ),
        "cache_write": ("llm.token_count.prompt_details.cache_write",),
        "audio_in": ("llm.token_count.prompt_details.audio",),
        "reasoning": ("llm.token_count.completion_details.reasoning",),
        "audio_out": ("llm.token_count.completion_details.audio",),
        "reported_usd": ("llm.cost.total",),
    },
    operations={
        "openinference.span.kind": {
            "llm": "chat",
            "embedding": "embeddings",
            "reranker": "rerank",
            "tool": "execute_tool",
            "agent": "invoke_agent",
            "chain": "task",
            "retriever": "retrieval",
            "guardrail": "guardrail",
            "evaluator": "evaluation",
            "prompt": "prompt",
        },
    },
    spans={
        "._prepare_chat_with_tools": "task",
        "handoff to *": "handoff",
    },
    families=(
        Family("llm.input_messages.", "input", inside="message."),
        Family("llm.output_messages.", "output", inside="message."),
    ),
    kept=(
        *("input.mime_type", "output.mime_type", "llm.tools.*", "llm.invocation_parameters", "llm.cost.*"),
        *(
            "llm.finish_reason",
            "llm.prompt_template.*",
            "llm.prompts.*",
            "llm.choices.*",
            "llm.function_call",
        ),
        *("llm.token_count.*", "embedding.*", "retrieval.*", "reranker.*", "document.*", "metadata"),
        *(
            "tool.description",
            "tool.json_schema",
            "graph.node.*",
            "exception.*",
            "prompt.*",
            "openinference.*",
        ),
    ),
)
