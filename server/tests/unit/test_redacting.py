"""What another instrumentation sent is stored without the secrets in it."""

from __future__ import annotations

from typing import Any

from holdfast.decision.content import TEXT_MAX
from holdfast.record import Redactor
from holdfast_server.record.spans.log import Log
from holdfast_server.record.spans.redacting import Redacting
from holdfast_server.record.spans.span import Span

KEY = ("holdfast.gateway.key", "key_c409b75ae26db28e")
"""Beside its name it looks like a token; by itself it is an id."""
TOKEN = f"{'ghp'}_aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYz5T6"


def span(**fields: object) -> Span:
    return Span("ab" * 16, "cd" * 8, "", 1, 2, "call", "tool", **fields)  # pyright: ignore[reportArgumentType]  # of the test's choice


def redacted(span: Span, redactor: Redactor) -> Span:
    return next(Redacting(redactor).spans([span]))


def test_a_span_that_holds_nothing_is_the_same() -> None:
    one = span(input='{"order": "A-1"}', attributes={"gen_ai.tool.name": "refund"})
    assert redacted(one, Redactor()) is one


def test_secrets_go_wherever_they_stand() -> None:
    one = redacted(
        span(
            input=f"use {TOKEN}",
            output="password: hunter22!",
            attributes={"http.request.header.authorization": "Bearer abc", "note": TOKEN},
            resource={"service.token": "x1y2"},
            events=f'[{{"name":"e","attributes":{{"m":"{TOKEN}"}}}}]',
            status_message=TOKEN,
        ),
        Redactor(),
    )
    told = repr(one)
    for secret in (TOKEN, "hunter22", "Bearer abc", "x1y2"):
        assert secret not in told
    assert one.input == "use [redacted:github-token]"


def test_personal_data_goes_when_it_is_asked_for() -> None:
    one = span(output="mail ann@example.com")
    assert redacted(one, Redactor()).output == "mail ann@example.com"
    assert redacted(one, Redactor(("secret", "pii"))).output == "mail [redacted:email]"
    assert redacted(one, Redactor(("email",))).output == "mail [redacted:email]"


def test_an_empty_list_stores_what_came() -> None:
    one = span(input=TOKEN)
    assert redacted(one, Redactor(())) is one


def test_among_many_only_the_one_that_holds_something_changes() -> None:
    many = [span(input="x " * 2_000, attributes={"n": str(n)}) for n in range(200)]
    many[77] = span(input=f"use {TOKEN}")
    found = list(Redacting(Redactor()).spans(many))
    assert [n for n in range(200) if found[n] is not many[n]] == [77]
    assert found[77].input == "use [redacted:github-token]"


def test_a_short_value_read_before_is_still_found_where_its_name_tells() -> None:
    redacting = Redacting(Redactor())
    assert next(redacting.spans([span(attributes={"colour": "x1y2z3w4"})])).attributes == {
        "colour": "x1y2z3w4"
    }
    found = next(redacting.spans([span(attributes={"password": "x1y2z3w4"})]))
    assert "x1y2z3w4" not in repr(found)


def test_a_text_beyond_the_limit_is_read_to_its_end() -> None:
    text = "word " * (TEXT_MAX // 4) + TOKEN
    found = redacted(span(input=text, attributes={"a": text}), Redactor())
    assert found.input == text.replace(TOKEN, "[redacted:github-token]")
    assert found.attributes["a"] == found.input


def test_log_records_are_redacted_too() -> None:
    log = Log("ab" * 16, "", 1, body=f"use {TOKEN}", attributes={"password": "hunter22!"})
    found = Redacting(Redactor()).log(log)
    assert found.body == "use [redacted:github-token]"
    assert "hunter22" not in repr(found)


def test_a_secret_in_a_resource_goes_from_every_span_that_shares_it() -> None:
    shared = {"deployment.note": TOKEN}
    found = list(Redacting(Redactor()).spans([span(input="x" * 9_000, resource=shared) for _ in range(50)]))
    assert all(one.resource == {"deployment.note": "[redacted:github-token]"} for one in found)


class Watched(Redactor):
    """Counts how often attributes are taken apart."""

    taken_apart = 0

    def value(self, value: Any) -> Any:
        self.taken_apart += 1
        return super().value(value)


def test_what_was_taken_apart_for_nothing_is_not_taken_apart_again() -> None:
    redactor = Watched()
    redacting = Redacting(redactor)
    for _ in range(3):
        one = span(attributes=dict([KEY]))
        assert list(redacting.spans([one])) == [one]
    assert redactor.taken_apart == 2  # attributes and resource of the first
    (made,) = redacting.spans([span(attributes=dict([KEY, ("note", TOKEN)]))])
    assert made.attributes == dict([KEY, ("note", "[redacted:github-token]")])
