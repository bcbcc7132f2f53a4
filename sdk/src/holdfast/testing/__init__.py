"""Agents under test: a model provider that follows a script, real policies, and no network."""

from holdfast.testing.governing import (
    Governed,
    assert_allowed,
    assert_asked,
    assert_denied,
    assert_halted,
    governed,
)
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
    "Governed",
    "Reply",
    "Rule",
    "Scenario",
    "ScriptedProvider",
    "Tokens",
    "ToolCall",
    "When",
    "assert_allowed",
    "assert_asked",
    "assert_denied",
    "assert_halted",
    "call",
    "governed",
    "say",
    "turns",
]
