"""Langfuse's SDK."""

from __future__ import annotations

from typing import Final

from holdfast_server.action.otlp.dialects.dialect import Dialect

LANGFUSE: Final = Dialect(
    name="langfuse",
    title="Langfuse",
    about="https://langfuse.com/integrations/native/opentelemetry; what has a model is a call of it.",
    fields={
        "session": ("langfuse.session.id", "langfuse.trace.session_id"),
        "person": ("langfuse.user.id", "langfuse.trace.user_id"),
        "release": ("langfuse.release", "langfuse.version"),
        "environment": ("langfuse.environment",),
        "tags": ("langfuse.trace.tags", "langfuse.tags"),
        "workflow": ("langfuse.trace.name",),
        "model": ("langfuse.observation.model.name",),
        "usage": ("langfuse.observation.usage_details",),
        "reported_json": ("langfuse.observation.cost_details",),
        "input": ("langfuse.observation.input", "langfuse.trace.input"),
        "output": ("langfuse.observation.output", "langfuse.trace.output"),
    },
    operations={
        "langfuse.observation.type": {
            "generation": "chat",
            "embedding": "embeddings",
            "agent": "invoke_agent",
            "tool": "execute_tool",
            "chain": "task",
            "retriever": "retrieval",
            "evaluator": "evaluation",
            "guardrail": "guardrail",
            "span": "task",
            "event": "event",
        },
    },
    kept=("langfuse.*",),
)
