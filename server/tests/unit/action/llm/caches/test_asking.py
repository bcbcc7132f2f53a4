"""Which requests a cache takes for the same."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast_server.action.llm.caches import Lookup, Scope, read_lookup
from holdfast_server.action.llm.config import CacheTerms, Route, Target

SCOPE = Scope("default", "helper", frozenset(), "bundle-1")
ROUTE = Route("smart", (Target("east", "gpt-5"),), cache=CacheTerms(exact=True, semantic=True))
CHAT = {"model": "smart", "messages": [{"role": "user", "content": "What is the capital of France?"}]}


def look(
    asked: object = None, *, api="chat", route: Route = ROUTE, scope: Scope = SCOPE, **more
) -> Lookup | None:
    body = asked if isinstance(asked, bytes) else json.dumps(CHAT if asked is None else asked).encode()
    given = {"target": b"/v1/chat/completions", "headers": [], **more}
    return read_lookup(route, api, body=body, scope=scope, **given)


def exact(*args, **more) -> bytes:
    found = look(*args, **more)
    assert found is not None
    return found.exact


def terms(**more) -> Route:
    return Route("smart", ROUTE.targets, cache=CacheTerms(**{"exact": True, "semantic": True, **more}))


def test_order_and_spaces_make_no_difference() -> None:
    turned = json.dumps(dict(reversed(CHAT.items())), indent=3).encode()
    assert exact(turned) == exact()


@given(st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=8), min_size=1, max_size=4))
def test_whatever_else_is_asked_is_another_request(more: dict[str, object]) -> None:
    beside = {"metadata", "prompt_cache_key", "prompt_cache_retention", *CHAT}
    more = {name: value for name, value in more.items() if name not in beside}
    assert not more or (found := look({**CHAT, **more})) is None or found.exact != exact()


def test_what_is_about_the_request_and_not_the_answer_makes_no_difference() -> None:
    assert exact({**CHAT, "metadata": {"ticket": "7"}, "prompt_cache_key": "x"}) == exact()


def test_a_stream_is_kept_apart_from_a_whole_answer() -> None:
    assert exact({**CHAT, "stream": True}) != exact()


@pytest.mark.parametrize(
    "scope",
    [
        SCOPE._replace(project="other"),
        SCOPE._replace(agent="other"),
        SCOPE._replace(labels=frozenset({"private"})),
        SCOPE._replace(rules="bundle-2"),
    ],
)
def test_nothing_is_shared_across_projects_agents_labels_and_rules(scope: Scope) -> None:
    assert exact(scope=scope) != exact()


def test_other_targets_another_path_and_other_headers_are_another_request() -> None:
    moved = Route("smart", (Target("west", "claude-5"),), cache=ROUTE.cache)
    assert exact(route=moved) != exact()
    assert exact(target=b"/v1/completions") != exact()
    assert exact(headers=[(b"Anthropic-Beta", b"x")]) != exact()
    assert exact(target=b"/v1/chat/completions?key=secret") == exact()


@pytest.mark.parametrize(
    "more",
    [
        {"tools": [{"type": "function", "function": {"name": "pay"}}]},
        {"functions": [{"name": "pay"}]},
        {"previous_response_id": "resp_1"},
        {"background": True},
    ],
)
def test_tools_and_what_the_provider_remembers_are_asked_afresh(more: dict[str, object]) -> None:
    assert look({**CHAT, **more}) is None


def test_tools_are_kept_where_somebody_wants_it() -> None:
    assert look({**CHAT, "tools": [{"type": "function"}]}, route=terms(tools=True)) is not None


def test_personal_data_is_asked_afresh_unless_somebody_wants_it() -> None:
    assert look(personal=True) is None
    assert look(personal=True, route=terms(personal=True)) is not None


@pytest.mark.parametrize(
    "header",
    [(b"X-Holdfast-Cache", b"off"), (b"cache-control", b"No-Store"), (b"Cache-Control", b"no-cache")],
)
def test_a_client_may_want_an_answer_of_its_own(header: tuple[bytes, bytes]) -> None:
    assert look(headers=[header]) is None


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense", b'{"a":' * 3000, b"\xff"])
def test_what_cannot_be_read_is_asked_afresh(body: bytes) -> None:
    assert look(body) is None


def test_nothing_is_kept_for_a_route_without_a_cache() -> None:
    assert look(route=Route("smart", ROUTE.targets)) is None
    assert look(route=terms(exact=False, semantic=False)) is None
    assert look(api="files") is None


@pytest.mark.parametrize(
    ("api", "asked"),
    [
        ("chat", {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "Hello?"}]}),
        ("chat", {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hello?"}]}]}),
        ("messages", {"system": "s", "messages": [{"role": "user", "content": "Hello?"}]}),
        ("responses", {"input": "Hello?"}),
        ("responses", {"input": [{"role": "user", "content": [{"type": "input_text", "text": "Hello?"}]}]}),
        ("gemini", {"contents": [{"role": "user", "parts": [{"text": "Hello?"}]}]}),
        ("gemini", {"contents": [{"parts": [{"text": "Hello?"}]}]}),
    ],
)
def test_what_was_said_last_is_compared_by_meaning_and_all_else_exactly(
    api, asked: dict[str, object]
) -> None:
    found = look(asked, api=api)
    other = look(json.loads(json.dumps(asked).replace("Hello?", "Good day?")), api=api)
    assert found is not None
    assert other is not None
    assert (found.text, other.text) == ("Hello?", "Good day?")
    assert found.frame == other.frame != b""
    assert found.exact != other.exact
    apart = look({**asked, "temperature": 1}, api=api)
    assert apart is not None
    assert apart.frame != found.frame


@pytest.mark.parametrize(
    "asked",
    [
        {"messages": [{"role": "assistant", "content": "Hello?"}]},
        {"messages": [{"role": "tool", "content": "Hello?"}]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image_url"}]}]},
        {"messages": [{"role": "user", "content": "x" * 1001}]},
        {"messages": [{"role": "user", "content": "  "}]},
        {"messages": [{"role": "user"}]},
        {"messages": ["Hello?"]},
        {"messages": []},
        {"messages": "Hello?"},
    ],
)
def test_anything_else_is_only_compared_exactly(asked: dict[str, object]) -> None:
    found = look(asked)
    assert found is not None
    assert (found.frame, found.text) == (b"", "")


def test_meaning_is_not_read_where_nobody_asked_for_it() -> None:
    found = look(route=terms(semantic=False))
    assert found is not None
    assert found.frame == b""
