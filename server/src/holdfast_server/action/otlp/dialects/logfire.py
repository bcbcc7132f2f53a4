"""Logfire's SDK, and what it writes for the libraries that it instruments."""

from __future__ import annotations

from typing import Final

from holdfast_server.action.otlp.dialects.dialect import Dialect

LOGFIRE: Final = Dialect(
    name="logfire",
    title="Logfire",
    about="https://logfire.pydantic.dev/docs/; request and response as JSON, usage as the provider sent it.",
    fields={
        "agent": ("agent_name",),
        "model": ("model_name",),
        "usage": ("gen_ai.usage.raw",),
        "reported_usd": ("operation.cost",),
        "input": ("request_data", "raw_input", "input"),
        "output": ("response_data", "output"),
        "label": ("name",),
        "events": ("events",),
        "arguments": ("tool_arguments",),
        "result": ("tool_response",),
        "response_id": ("response_id",),
        "tags": ("logfire.tags",),
    },
    spans={
        "OpenAI Agents trace: *": "invoke_workflow",
        "Agent run: *": "invoke_agent",
        "Function: {name}*": "execute_tool",
        "Handoff: {from_agent}*": "handoff",
        "Guardrail {name*": "guardrail",
        "Turn {turn}*": "task",
        "Speech → Text*": "transcription",
        "Text → Speech with*": "speech",
    },
    kept=(
        *("logfire.*", "async", "duration", "code.*", "model_request_parameters"),
        *("gen_ai.usage.details.*", "gen_ai.usage.partial.*", "gen_ai.client.operation.*", "model_config"),
        *("agent_trace_id", "group_id", "sdk_span_type", "handoffs", "output_type", "mcp_data", "usage"),
        *("from_agent", "to_agent", "triggered", "turn", "num_turns", "all_messages_events", "mode"),
    ),
)
