"""OpenTelemetry's GenAI semantic conventions, 1.37 and later."""

from __future__ import annotations

from typing import Final

from holdfast_server.action.otlp.dialects.dialect import Dialect
from holdfast_server.action.otlp.dialects.operations import OTHER_WORDS, STEPS

GENAI: Final = Dialect(
    name="genai",
    title="GenAI semantic conventions, 1.37 and later",
    about="https://github.com/open-telemetry/semantic-conventions-genai, messages as attributes or logs.",
    fields={
        "session": ("gen_ai.conversation.id",),
        "agent": ("gen_ai.agent.name",),
        "agent_version": ("gen_ai.agent.version",),
        "provider": ("gen_ai.provider.name",),
        "model": ("gen_ai.response.model", "gen_ai.request.model"),
        "response_id": ("gen_ai.response.id",),
        "tool": ("gen_ai.tool.name",),
        "call_id": ("gen_ai.tool.call.id",),
        "workflow": ("gen_ai.workflow.name",),
        "messages_in": ("gen_ai.input.messages",),
        "messages_out": ("gen_ai.output.messages",),
        "arguments": ("gen_ai.tool.call.arguments",),
        "result": ("gen_ai.tool.call.result",),
        "input_tokens": ("gen_ai.usage.input_tokens",),
        "output_tokens": ("gen_ai.usage.output_tokens",),
        "total_tokens": ("gen_ai.usage.total_tokens",),
        "cache_read": ("gen_ai.usage.cache_read.input_tokens",),
        "cache_write": (
            "gen_ai.usage.cache_creation.input_tokens",
            "gen_ai.usage.cache_write.input_tokens",
        ),
        "reasoning": ("gen_ai.usage.reasoning.output_tokens",),
        "audio_in": ("gen_ai.usage.audio.input_tokens",),
        "audio_out": ("gen_ai.usage.audio.output_tokens",),
        "image_in": ("gen_ai.usage.image.input_tokens",),
    },
    operations={"gen_ai.operation.name": {**{word: word for word in STEPS}, **OTHER_WORDS}},
    events={
        "messages_in": ("gen_ai.input.messages",),
        "messages_out": ("gen_ai.output.messages",),
    },
    kept=(
        *("gen_ai.system_instructions", "gen_ai.tool.definitions", "gen_ai.tool.description"),
        *("gen_ai.tool.type", "gen_ai.agent.id", "gen_ai.agent.description", "gen_ai.data_source.id"),
        *("gen_ai.request.*", "gen_ai.response.*", "gen_ai.output.type", "gen_ai.token.type"),
        *("gen_ai.embeddings.*", "gen_ai.evaluation.*", "gen_ai.memory.*", "gen_ai.guardrail.*"),
        *("gen_ai.usage.text.*", "gen_ai.usage.video.*", "gen_ai.security.*", "openai.*", "aws.bedrock.*"),
        *("azure.*", "error.type", "exception.*", "server.*", "client.*", "network.*", "http.*", "url.*"),
        *("user_agent.*", "code.*", "thread.*", "service.*", "telemetry.*", "process.*", "host.*", "os.*"),
        *("container.*", "k8s.*", "cloud.*", "deployment.*", "rpc.*", "db.*", "messaging.*", "otel.*"),
        *("event.name", "peer.service", "net.*", "enduser.*", "user.*", "session.*", "span.kind"),
    ),
)
