"""OpenLIT's instrumentors."""

from __future__ import annotations

from typing import Final

from holdfast_server.action.otlp.dialects.dialect import Dialect

OPENLIT: Final = Dialect(
    name="openlit",
    title="OpenLIT",
    about="https://docs.openlit.io; GenAI conventions and private keys; a cost of 0 means unknown.",
    fields={
        "environment": ("gen_ai.environment",),
        "reported_usd": ("gen_ai.usage.cost", "gen_ai.usage.total_cost"),
        "arguments": ("gen_ai.tool.args",),
        "service": ("gen_ai.application_name",),
        "messages_in": ("gen_ai.content.prompt",),
        "messages_out": ("gen_ai.content.completion",),
    },
    events={
        "messages_in": ("gen_ai.prompt",),
        "messages_out": ("gen_ai.completion",),
    },
    kept=(
        *("openlit.*", "gen_ai.endpoint", "gen_ai.sdk.*", "gen_ai.client.*", "gen_ai.server.*"),
        *("gen_ai.agent.*", "gen_ai.graph.*", "gen_ai.execution.*", "gen_ai.hub.*", "gen_ai.framework.*"),
    ),
    says_nothing={"gen_ai.usage.cost": ("0", "0.0")},
)
