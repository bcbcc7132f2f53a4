"""Tools taken out of a request, in every API."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.record.models import CHAT, MESSAGES, RESPONSES, Dialect, Gemini
from holdfast.record.models.stripping import strip_tools

GEMINI = Gemini()
F, G = {"name": "f"}, {"name": "g"}
CONTAINER = {"type": "shell", "environment": {"type": "container_auto"}}
FUNCTION = {"type": "function", "function": F}
SEARCH = {"type": "web_search"}
HI = {"role": "user", "content": "hi"}


def added(*tools: Any) -> dict[str, Any]:
    """An item that offers tools in the course of a conversation."""
    return {"type": "additional_tools", "role": "developer", "tools": list(tools)}


def space(*tools: Any) -> dict[str, Any]:
    return {"type": "namespace", "name": "n", "tools": list(tools)}


def change(kind: str, **tool: Any) -> dict[str, Any]:
    return {"type": f"tool_{kind}", "tool": tool}


def defined(tool: Any) -> dict[str, Any]:
    return change("addition", type="tool_definition", definition=tool)


def system(*content: Any) -> dict[str, Any]:
    return {"role": "system", "content": list(content)}


@pytest.mark.parametrize(
    ("dialect", "tools", "words"),
    [
        (CHAT, {"tools": [FUNCTION], "web_search_options": {}}, ("web_search",)),
        (RESPONSES, {"tools": [{"type": "web_search_preview"}, {"type": "web_search"}]}, ("web_search",)),
        (RESPONSES, {"tools": [{"type": "code_interpreter"}, {"type": "mcp"}]}, ("code_execution", "mcp")),
        (RESPONSES, {"tools": [{"type": "computer_use_preview"}, {"type": "custom", "name": "c"}]}, ()),
        (RESPONSES, {"tools": [{"type": "teleport"}]}, ("teleport",)),
        (RESPONSES, {"tools": [{"type": "shell"}, {"type": "shell", "environment": {"type": "local"}}]}, ()),
        (RESPONSES, {"tools": [CONTAINER]}, ("code_execution",)),
        (RESPONSES, {"tools": [{"type": "shell", "environment": "moon"}]}, ()),
        (MESSAGES, {"tools": [{"type": "openrouter:shell"}]}, ("code_execution",)),
        (CHAT, {"tools": [{"type": "openrouter:web_search"}]}, ("web_search",)),
        (CHAT, {"plugins": [{"id": "web"}, {"id": "web-fetch"}]}, ("web_search", "web_fetch")),
        (
            CHAT,
            {"plugins": [{"id": "web", "enabled": False}, {"id": "file-parser"}]},
            ("plugin:file-parser",),
        ),
        (MESSAGES, {"plugins": [{"id": "web"}], "tools": [F]}, ("web_search",)),
        (MESSAGES, {"tools": [{"type": "web_search_20250305", "name": "w"}, F]}, ("web_search",)),
        (MESSAGES, {"tools": [{"type": "bash_20250124", "name": "bash"}], "mcp_servers": [F]}, ("mcp",)),
        (GEMINI, {"tools": [{"google_search": {}}, {"codeExecution": {}}]}, ("web_search", "code_execution")),
        (GEMINI, {"tools": [{"functionDeclarations": [F]}, {"computerUse": {}}]}, ()),
        (RESPONSES, {"tools": [space(F)]}, ()),
        (RESPONSES, {"tools": [{"type": "tool_search"}]}, ("tool_search",)),
        (RESPONSES, {"input": [HI, added(space(F), SEARCH)]}, ("web_search",)),
        (RESPONSES, {"input": [{"type": "tool_search_output", "tools": [SEARCH]}]}, ("web_search",)),
        (RESPONSES, {"input": [{"type": "mcp_list_tools", "tools": [{"name": "far"}]}]}, ()),
        (RESPONSES, {"prompt": {"id": "pmpt_1"}}, ("stored_prompt",)),
        (MESSAGES, {"messages": [HI, system(defined(SEARCH))]}, ("web_search",)),
        (MESSAGES, {"messages": [system(change("addition", type="tool_reference", name="f"))]}, ()),
    ],
)
def test_one_word_names_a_hosted_tool_in_every_api(
    dialect: Dialect, tools: dict[str, Any], words: tuple[str, ...]
) -> None:
    assert dialect.hosted_words(tools) == words


@pytest.mark.parametrize(
    ("dialect", "body", "left"),
    [
        (CHAT, {"tools": [FUNCTION], "web_search_options": {}}, {"tools": [FUNCTION]}),
        (CHAT, {"functions": [F, G], "function_call": {"name": "g"}}, {"functions": [F]}),
        (
            CHAT,
            {"tools": [FUNCTION], "plugins": [{"id": "web"}, {"id": "file-parser"}]},
            {"tools": [FUNCTION], "plugins": [{"id": "file-parser"}]},
        ),
        (CHAT, {"plugins": [{"id": "web", "max_results": 3}]}, {}),
        (RESPONSES, {"tools": [{"type": "web_search"}], "tool_choice": "auto"}, {}),
        (
            RESPONSES,
            {"tools": [F, {"type": "web_search"}], "tool_choice": {"type": "web_search"}},
            {"tools": [F]},
        ),
        (
            MESSAGES,
            {"tools": [F, G], "tool_choice": {"type": "auto"}},
            {"tools": [F], "tool_choice": {"type": "auto"}},
        ),
        (MESSAGES, {"tools": [{"type": "web_search_2", "name": "w"}, F]}, {"tools": [F]}),
        (
            GEMINI,
            {"tools": [{"functionDeclarations": [F, G], "googleSearch": {}}]},
            {"tools": [{"functionDeclarations": [F]}]},
        ),
        (
            GEMINI,
            {"tools": {"functionDeclarations": G}, "toolConfig": {"functionCallingConfig": {"mode": "ANY"}}},
            {},
        ),
    ],
)
def test_what_is_taken_out_leaves_nothing_that_speaks_of_it(
    dialect: Dialect, body: dict[str, Any], left: dict[str, Any]
) -> None:
    assert strip_tools(dialect, body, tools={"g"}, hosted={"web_search"}) == left


@pytest.mark.parametrize(
    ("dialect", "body", "left"),
    [
        (RESPONSES, {"tools": [space(F, G)]}, {"tools": [space(F)]}),
        (RESPONSES, {"tools": [space(G), F]}, {"tools": [F]}),
        (RESPONSES, {"input": [added(space(F, G), SEARCH), HI]}, {"input": [added(space(F)), HI]}),
        (RESPONSES, {"input": [added(SEARCH), HI]}, {"input": [HI]}),
        (
            RESPONSES,
            {"input": [{"type": "tool_search_output", "tools": [G]}]},
            {"input": [{"type": "tool_search_output", "tools": []}]},
        ),
        (
            MESSAGES,
            {"messages": [HI, system(defined(G), defined(F))]},
            {"messages": [HI, system(defined(F))]},
        ),
        (MESSAGES, {"messages": [system(defined(SEARCH)), HI]}, {"messages": [HI]}),
        (
            MESSAGES,
            {"tools": [F, G], "messages": [HI, system(change("removal", type="tool_reference", name="g"))]},
            {"tools": [F], "messages": [HI]},
        ),
    ],
)
def test_what_is_offered_while_a_conversation_goes_on_is_taken_out_too(
    dialect: Dialect, body: dict[str, Any], left: dict[str, Any]
) -> None:
    assert strip_tools(dialect, body, tools={"g"}, hosted={"web_search"}) == left


def test_a_prompt_that_is_kept_at_the_provider_is_taken_out_by_its_word() -> None:
    body = {"prompt": {"id": "pmpt_1"}, "input": "hi"}
    assert strip_tools(RESPONSES, body, tools=(), hosted={"stored_prompt"}) == {"input": "hi"}
