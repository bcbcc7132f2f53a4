"""What a whole answer says of itself."""

from __future__ import annotations

import pytest

from holdfast_server.action.llm.exchange.answering import read_whole

DEEP = b'{"id":"a","more":' + b"[" * 200_000 + b"]" * 200_000 + b"}"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'{"id":', b"\xff", DEEP])
def test_what_cannot_be_read_is_no_answer(body: bytes) -> None:
    assert read_whole(body) is None


def test_of_an_answer_the_few_fields_are_read_that_say_what_it_is() -> None:
    found = read_whole(b'{"id":"a","model":"m","usage":{"prompt_tokens":1},"choices":[{}]}')
    assert found is not None
    assert (found.id, found.model, bytes(found.usage)) == ("a", "m", b'{"prompt_tokens":1}')
