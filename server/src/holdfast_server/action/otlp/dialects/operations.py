"""What a span can do, and which kind of step that is; every dialect's words end here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

STEPS: Final[Mapping[str, str]] = {
    "chat": "model",
    "text_completion": "model",
    "generate_content": "model",
    "embeddings": "model",
    "rerank": "model",
    "image_generation": "model",
    "speech": "model",
    "transcription": "model",
    "moderation": "model",
    "execute_tool": "tool",
    "invoke_agent": "delegate",
    "handoff": "delegate",
    "create_agent": "span",
    "invoke_workflow": "span",
    "plan": "span",
    "task": "span",
    "retrieval": "span",
    "prompt": "span",
    "guardrail": "span",
    "evaluation": "span",
    "mcp": "span",
    "log": "span",
    "event": "span",
    "search_memory": "memory",
    "create_memory": "memory",
    "update_memory": "memory",
    "upsert_memory": "memory",
    "delete_memory": "memory",
    "create_memory_store": "memory",
    "delete_memory_store": "memory",
}
"""Operation → kind of step. An agent without a parent starts its run: there `delegate` becomes `start`."""

OTHER_WORDS: Final[Mapping[str, str]] = {
    "completion": "text_completion",
    "completions": "text_completion",
    "text-completion": "text_completion",
    "responses": "chat",
    "messages": "chat",
    "message": "chat",
    "embedding": "embeddings",
    "embed": "embeddings",
    "reranking": "rerank",
    "image": "image_generation",
    "image_edit": "image_generation",
    "generate_image": "image_generation",
    "audio": "speech",
    "execute_task": "task",
    "execute_event_loop_cycle": "task",
    "agent": "invoke_agent",
    "run_agent": "invoke_agent",
    "workflow": "invoke_workflow",
    "chain": "task",
    "tool": "execute_tool",
    "run_guardrail": "guardrail",
    "retrieve": "retrieval",
    "memory": "search_memory",
}
"""Other words for operations that are met under `gen_ai.operation.name`."""
