"""Fakes that are real enough to test agents with: public, deterministic, no network, no key."""

from holdfast.testing.provider import (
    Fault,
    Reply,
    Rule,
    Scenario,
    ScriptedProvider,
    Tokens,
    ToolCall,
    When,
    call,
    say,
    turns,
)

__all__ = [
    "Fault",
    "Reply",
    "Rule",
    "Scenario",
    "ScriptedProvider",
    "Tokens",
    "ToolCall",
    "When",
    "call",
    "say",
    "turns",
]
