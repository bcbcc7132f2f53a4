from __future__ import annotations

import json
from typing import Any

import pytest

from holdfast.integrations.transport.exchange import Call
from holdfast.record.models import Chat, Messages


def call(dialect: Any = None, **body: Any) -> Call:
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}], **body}
    return Call(dialect or Chat(), body, "openai", json.dumps(body).encode(), 4_096)


class Changed:
    """A step whose arguments a policy changed."""

    changed = True

    def __init__(self, **arguments: Any) -> None:
        self.arguments = arguments


def test_two_conversations_are_never_the_same_arguments() -> None:
    one = call()
    other = call(messages=[{"role": "user", "content": "hullo"}])
    assert one.arguments != other.arguments
    assert one.arguments == call().arguments


def test_the_reservation_is_the_most_it_can_use() -> None:
    limited, free = call(max_tokens=50).estimate, call().estimate
    assert (limited.tokens_out, free.tokens_out) == (50, 4_096)
    assert limited.tokens_in >= len("hello") // 4
    assert limited.cost_micro_usd is not None
    assert free.cost_micro_usd is not None
    assert free.cost_micro_usd > limited.cost_micro_usd


def test_a_model_without_a_price_reserves_no_known_sum() -> None:
    assert call(model="somebodys-own").estimate.cost_micro_usd is None


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_a_changed_limit_is_put_where_the_request_has_it(name: str) -> None:
    body = call(**{name: 500}).changed_body(Changed(model="gpt-4o-mini", max_tokens=50))  # type: ignore[arg-type]
    assert body is not None
    sent = json.loads(body)
    assert (sent["model"], sent[name]) == ("gpt-4o-mini", 50)
    assert sent["messages"] == [{"role": "user", "content": "hello"}]


def test_a_limit_that_was_not_there_is_added() -> None:
    body = call(Messages()).changed_body(Changed(max_tokens=50))  # type: ignore[arg-type]
    assert body is not None
    assert json.loads(body)["max_tokens"] == 50
