"""Names of span attributes: OpenTelemetry's GenAI conventions, and our own where it has none.

https://github.com/open-telemetry/semantic-conventions-genai; what v1.37 to v1.42 agree on. Nothing is defined
there for decisions and money, hence `holdfast.*`.
"""

from __future__ import annotations

from typing import Final

OPERATION: Final = "gen_ai.operation.name"
PROVIDER: Final = "gen_ai.provider.name"
CONVERSATION: Final = "gen_ai.conversation.id"
AGENT: Final = "gen_ai.agent.name"
AGENT_VERSION: Final = "gen_ai.agent.version"
REQUEST_MODEL: Final = "gen_ai.request.model"
RESPONSE_MODEL: Final = "gen_ai.response.model"
RESPONSE_ID: Final = "gen_ai.response.id"
FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
CACHE_READ_TOKENS: Final = "gen_ai.usage.cache_read.input_tokens"
CACHE_WRITE_TOKENS: Final = "gen_ai.usage.cache_creation.input_tokens"
REASONING_TOKENS: Final = "gen_ai.usage.reasoning.output_tokens"
SYSTEM_INSTRUCTIONS: Final = "gen_ai.system_instructions"
INPUT_MESSAGES: Final = "gen_ai.input.messages"
OUTPUT_MESSAGES: Final = "gen_ai.output.messages"
TOOL: Final = "gen_ai.tool.name"
TOOL_CALL: Final = "gen_ai.tool.call.id"
TOOL_TYPE: Final = "gen_ai.tool.type"
TOOL_ARGUMENTS: Final = "gen_ai.tool.call.arguments"
TOOL_RESULT: Final = "gen_ai.tool.call.result"
ERROR_TYPE: Final = "error.type"

KIND: Final = "holdfast.kind"
RUN: Final = "holdfast.run.id"
SESSION: Final = "holdfast.session.id"
NUMBER: Final = "holdfast.run.number"
"""Which span of its run it is, from 1; the last one of a run says how many there are."""
OWNER: Final = "holdfast.agent.owner"
PERSON: Final = "holdfast.person"
EFFECT: Final = "holdfast.effect"
OBSERVED: Final = "holdfast.observed"
FRAMEWORK: Final = "holdfast.framework"
COST_USD: Final = "holdfast.cost.usd"
PRICE_SOURCE: Final = "holdfast.price.source"
PRICE_VERSION: Final = "holdfast.price.version"
VERDICT: Final = "holdfast.decision.verdict"
STAGE: Final = "holdfast.decision.stage"
RULES: Final = "holdfast.decision.rules"
BUNDLE: Final = "holdfast.decision.bundle"
DECISION_NS: Final = "holdfast.decision.took_ns"
ENFORCED: Final = "holdfast.decision.enforced"

DIMENSIONS: Final = {
    name: f"holdfast.{name}" for name in ("team", "workflow", "customer", "release", "environment")
}
"""What a cost is attributed to, where it has an attribute of its own."""
TAGS: Final = "holdfast.tags"
"""Everything else it is attributed to, `name=value` each."""

PROCESS: Final = "holdfast.process.id"
DROPPED_SPANS: Final = "holdfast.dropped_spans"

UNIQUE: Final = frozenset({TOOL_CALL, RESPONSE_ID})
"""Attributes whose value no two spans share."""
CONTENT: Final = frozenset(
    {SYSTEM_INSTRUCTIONS, INPUT_MESSAGES, OUTPUT_MESSAGES, TOOL_ARGUMENTS, TOOL_RESULT}
)
"""Attributes that carry what people and models said; redacted before they leave the process."""
