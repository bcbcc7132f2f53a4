"""The AI SDK of Vercel."""

from __future__ import annotations

from typing import Final

from holdfast_server.action.otlp.dialects.dialect import Dialect

_LEAVES: Final = {
    "ai.generatetext": "chat",
    "ai.generatetext.dogenerate": "chat",
    "ai.streamtext": "chat",
    "ai.streamtext.dostream": "chat",
    "ai.generateobject": "chat",
    "ai.generateobject.dogenerate": "chat",
    "ai.streamobject": "chat",
    "ai.streamobject.dostream": "chat",
    "ai.embed": "embeddings",
    "ai.embed.doembed": "embeddings",
    "ai.embedmany": "embeddings",
    "ai.embedmany.doembed": "embeddings",
    "ai.rerank": "rerank",
    "ai.rerank.dorerank": "rerank",
    "ai.toolcall": "execute_tool",
}
"""An outer span (`ai.generateText`) is a call only where its inner one (`….doGenerate`) is missing."""

_WORDS: Final = {**_LEAVES, **{word.removeprefix("ai."): what for word, what in _LEAVES.items()}}

VERCEL: Final = Dialect(
    name="vercel",
    title="Vercel AI SDK",
    about="https://ai-sdk.dev/docs/ai-sdk-core/telemetry; an outer span around an inner one for each call.",
    fields={
        "session": ("ai.telemetry.metadata.sessionId", "ai.telemetry.metadata.threadId"),
        "person": ("ai.telemetry.metadata.userId",),
        "customer": ("ai.telemetry.metadata.customerId", "ai.telemetry.metadata.tenantId"),
        "team": ("ai.telemetry.metadata.team",),
        "agent": ("ai.telemetry.metadata.agent", "ai.telemetry.metadata.agentName"),
        "release": ("ai.telemetry.metadata.release",),
        "environment": ("ai.telemetry.metadata.environment",),
        "tags": ("ai.telemetry.metadata.tags",),
        "workflow": ("ai.telemetry.functionId",),
        "provider": ("ai.model.provider",),
        "model": ("ai.response.model", "ai.model.id"),
        "response_id": ("ai.response.id",),
        "tool": ("ai.toolCall.name",),
        "call_id": ("ai.toolCall.id",),
        "arguments": ("ai.toolCall.args", "ai.toolCall.input"),
        "result": ("ai.toolCall.result", "ai.toolCall.output"),
        "messages_in": ("ai.prompt.messages",),
        "input": ("ai.prompt", "ai.value", "ai.values"),
        "output": ("ai.response.text", "ai.result.text", "ai.response.object", "ai.result.object"),
        "calls_out": ("ai.response.toolCalls", "ai.result.toolCalls"),
        "reasoning_out": ("ai.response.reasoning",),
        "input_tokens": ("ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens"),
        "output_tokens": ("ai.usage.outputTokens", "ai.usage.completionTokens"),
        "total_tokens": ("ai.usage.totalTokens",),
        "cache_read": ("ai.usage.inputTokenDetails.cacheReadTokens", "ai.usage.cachedInputTokens"),
        "cache_write": ("ai.usage.inputTokenDetails.cacheWriteTokens",),
        "reasoning": ("ai.usage.outputTokenDetails.reasoningTokens", "ai.usage.reasoningTokens"),
    },
    operations={"ai.operationId": _WORDS, "operation.name": _WORDS},
    kept=(
        *("ai.settings.*", "ai.request.*", "ai.response.*", "ai.result.*", "ai.prompt.*"),
        *("ai.stream.*", "ai.telemetry.*", "ai.finishReason", "ai.embedding", "ai.embeddings", "ai.schema"),
        *("ai.schema.*", "ai.usage.*", "ai.toolCall.*", "resource.name"),
    ),
    beside_for=("anthropic",),
)
