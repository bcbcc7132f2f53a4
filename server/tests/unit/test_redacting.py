"""What another instrumentation sent is stored without the secrets in it."""

from __future__ import annotations

from holdfast.record import Redactor
from holdfast_server.record.spans.redacting import redacted
from holdfast_server.record.spans.span import Span

TOKEN = f"{'ghp'}_aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYz5T6"


def span(**fields: object) -> Span:
    return Span("ab" * 16, "cd" * 8, "", 1, 2, "call", "tool", **fields)  # pyright: ignore[reportArgumentType]  # of the test's choice


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
