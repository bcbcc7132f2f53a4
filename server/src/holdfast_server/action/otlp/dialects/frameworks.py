"""Private keys of frameworks that otherwise speak one of the dialects, and of MCP."""

from __future__ import annotations

from typing import Final

from holdfast_server.action.otlp.dialects.dialect import Dialect

FRAMEWORKS: Final = Dialect(
    name="frameworks",
    title="Frameworks and MCP",
    about="What agent frameworks and MCP libraries add to the dialect that they speak.",
    fields={
        "arguments": ("spring.ai.tool.call.arguments", "gcp.vertex.agent.tool_call_args"),
        "result": ("spring.ai.tool.call.result", "gcp.vertex.agent.tool_response"),
        "session": ("gcp.vertex.agent.session_id", "spring.ai.chat.client.conversation.id"),
        "agent": ("crewai.agent.role", "crewai.task.agent", "agno.agent", "semantic_kernel.agent.name"),
        "workflow": ("crewai.crew.name", "genkit:name"),
        "input": ("gcp.vertex.agent.llm_request", "genkit:input", "lk.user_input", "lk.chat_ctx"),
        "output": ("gcp.vertex.agent.llm_response", "genkit:output", "lk.response.text", "final_result"),
        "model": ("lk.llm.model", "genkit:model"),
        "tool": (
            *("mcp.tool.name", "spring.ai.tool.definition.name", "spring.ai.tool.name"),
            "lk.function_tool.name",
        ),
    },
    operations={
        "mcp.method.name": {"tools/call": "execute_tool", "*": "mcp"},
        "spring.ai.kind": {
            "chat_client": "task",
            "tool_call": "execute_tool",
            "advisor": "task",
            "vector_store": "retrieval",
        },
    },
    kept=(
        *("mcp.*", "jsonrpc.*", "fastmcp.*", "a2a.*", "asgi.*", "agno.*", "smolagents.*", "crewai.*"),
        *("pydantic_ai.*", "gen_ai.aggregated_usage.*", "gen_ai.agent.call.id", "agent_framework.*"),
        *("anthropic.*", "gcp.vertex.*", "event_loop.*", "gen_ai.event.*", "gen_ai.tool.json_schema"),
        *("gen_ai.tool.status", "baggage_conflict.*", "spring.ai.*", "semantic_kernel.*", "genkit:*", "lk.*"),
        *("langgraph.*", "message_context", "recipient_agent_class", "recipient_agent_type", "team_id"),
        *("sender_agent_class", "sender_agent_type", "participant_names", "participant_descriptions"),
    ),
)
