"""A model provider that says what it was told to: real HTTP, four dialects, no network, no key.

OpenAI Chat Completions and Responses, Anthropic Messages, Gemini generateContent; whole and streamed, with
faults and token counts that the script decides.
"""

from holdfast.testing.provider.scenario import (
    Fault,
    Reply,
    Rule,
    Scenario,
    Tokens,
    ToolCall,
    When,
    call,
    say,
    turns,
)
from holdfast.testing.provider.script import Stats
from holdfast.testing.provider.server import ScriptedProvider, Seen

__all__ = [
    "Fault",
    "Reply",
    "Rule",
    "Scenario",
    "ScriptedProvider",
    "Seen",
    "Stats",
    "Tokens",
    "ToolCall",
    "When",
    "call",
    "say",
    "turns",
]
