"""Nothing leaves unredacted, and what is no secret leaves as it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from holdfast.record import Redactor, redact, redact_text, restore

LETTERS = "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY"
# Put together here, so that no scanner takes these made-up values for leaked ones.
SECRETS = {
    "anthropic": f"sk-{'ant'}-api03-{LETTERS}",
    "openai": f"sk-{'proj'}-{LETTERS}",
    "stripe": f"{'sk'}_live_{LETTERS}",
    "google": f"{'AIza'}Sy{LETTERS}a",
    "aws": f"{'AKIA'}ABCDEFGHIJ234567",
    "github": f"{'ghp'}_{LETTERS}abcd",
    "gitlab": f"{'glpat'}-{LETTERS}",
    "slack": f"{'xoxb'}-123456789012-{LETTERS}",
    "jwt": f"{'eyJ'}hbGciOiJIUzI1NiJ9.{'eyJ'}zdWIiOiIxMjM0In0.{LETTERS}",
    "vault": f"{'hvs'}.{LETTERS}",
    "hugging face": f"{'hf'}_{LETTERS}abcd",
    "npm": f"{'npm'}_{LETTERS}abcd",
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS.keys())
@pytest.mark.parametrize("around", ["{}", "use {} now", "x={}&y=1", '{{"a":"{}"}}', "[{}]", "note:{}"])
def test_a_secret_is_known_by_its_shape_wherever_it_stands(secret: str, around: str) -> None:
    text = redact_text(around.format(secret))
    assert LETTERS not in text
    assert secret not in text
    assert "[redacted:" in text


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer hunter2hunter2hunter2",
        "authorization=Basic aHVudGVyMjpodW50ZXIy",
        '{"password":"hunter2"}',
        '{"Password" : "hunter2 with \\" a quote"}',
        '{"nested":"{\\"api_key\\":\\"hunter2\\"}"}',
        "DB_PASSWORD=hunter2",
        "client_secret: 'hunter2'",
        "postgres://app:hunter2@db.internal/prod",
        "https://:hunter2@host/",
        "İstanbul password=hunter2hunter2",
    ],
)
def test_a_secret_is_known_by_the_place_it_stands_in(text: str) -> None:
    assert "hunter2" not in redact_text(text)


def test_a_private_key_is_taken_out_whole_also_when_its_end_was_cut_off() -> None:
    body = "MIIEpAIBAAKCAQEA" * 20
    for end in ("\n-----END RSA PRIVATE KEY-----", ""):
        assert body not in redact_text(f"-----BEGIN RSA {'PRIVATE'} KEY-----\n{body}{end}")


@pytest.mark.parametrize(
    "text",
    [
        '{"order":"A-1042","amount":12.5,"customer":"cus_19283"}',
        '{"max_tokens":1024,"input_tokens":30,"keyword":"secretary","tokens":[1,2]}',
        "3f0e269f-3e8a-802d-1111-222233334444",
        "https://example.com/a?b=c@d",
        "The key to good documentation is a token effort at least.",
        "2026-08-01T12:00:00.000Z",
    ],
)
def test_what_is_no_secret_leaves_as_it_is(text: str) -> None:
    assert redact_text(text) == text


def test_json_text_stays_json() -> None:
    value = {"a": SECRETS["openai"], "password": 'p"w', "list": [{"token": "t0k3n"}], "n": 3}
    assert json.loads(redact_text(json.dumps(value))).keys() == value.keys()


def test_plain_data_is_redacted_by_name_whatever_stands_there() -> None:
    value = {
        "credentials": {"user": "u", "value": "hunter2"},
        "headers": {"X-Api-Key": "hunter2", "accept": "*/*"},
        "pin": {"password": 123456},
        "token": "",
        "has_password": True,
        "deep": [{"client-secret": ["hunter2"]}],
    }
    shown = redact(value)
    assert "hunter2" not in json.dumps(shown)
    assert "123456" not in json.dumps(shown)
    assert (shown["token"], shown["headers"]["accept"]) == ("", "*/*")
    assert value["credentials"] == {"user": "u", "value": "hunter2"}, "the original is left alone"


def test_what_is_no_plain_data_never_leaves() -> None:
    assert redact({"a": object(), "b": b"raw"}) == {"a": "[redacted:object]", "b": "[redacted:bytes]"}


def test_everything_has_a_limit() -> None:
    deep: Any = "end"
    for _ in range(100):
        deep = [deep]
    assert "too-deep" in json.dumps(redact(deep))
    assert len(redact(list(range(20_000)))) == 10_000
    long = redact_text("x" * 300_000)
    assert long.endswith("[cut: 37856 characters]")


def test_an_edit_by_a_person_keeps_the_secrets_that_were_hidden_from_them() -> None:
    original = {"to": "a@example.com", "headers": {"authorization": "Bearer abc"}, "items": [{"token": "t"}]}
    shown = redact(original)
    edited = {**shown, "to": "b@example.com"}
    assert restore(edited, shown=shown, original=original) == {**original, "to": "b@example.com"}
    assert restore(shown, shown=shown, original=original) == original
    replaced = {**shown, "headers": {"authorization": "none"}}
    assert restore(replaced, shown=shown, original=original)["headers"] == {"authorization": "none"}


PERSONAL = Redactor(("secret", "pii"))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (r'{"note":"Hello\nada@corp.example"}', {"note": "Hello\n[redacted:email]"}),
        (r'{"note":"\u00e9ada@corp.example"}', {"note": "é[redacted:email]"}),
        (r'{"note":"C:\\nada@corp.example"}', {"note": "C:\\[redacted:email]"}),
        ('{"card": 4111111111111111, "n": 3}', {"card": "[redacted:credit-card]", "n": 3}),
        ("[4111111111111111]", ["[redacted:credit-card]"]),
    ],
)
def test_json_without_personal_data_is_still_json(text: str, left: Any) -> None:
    assert json.loads(PERSONAL.text(text)) == left


def test_a_number_that_is_a_card_leaves_no_more_than_its_digits_would() -> None:
    given = {"card": 4111111111111111, "at": 1_763_745_600_000_000_000, "amount": 250, "ok": True}
    assert PERSONAL.value(given) == {**given, "card": "[redacted:credit-card]"}
    assert redact(given) == given


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS.keys())
def test_data_with_a_secret_anywhere_is_not_spared(secret: str) -> None:
    assert not Redactor().spares(("words", {"a": [{"b": f"use {secret}"}]}))


@pytest.mark.parametrize(
    "value",
    [{"api_key": "x"}, {"at": b"bytes"}, [{0, 1}], {str(n): n for n in range(10_001)}, "x" * 300_000],
    ids=["telling name", "bytes", "a set", "too many", "too long"],
)
def test_what_would_be_changed_is_not_spared(value: Any) -> None:
    assert not Redactor().spares(value)
    assert redact(value) != value


def test_what_is_too_deep_is_not_spared() -> None:
    value: Any = "words"
    for _ in range(40):
        value = [value]
    assert not Redactor().spares(value)


def test_what_is_spared_is_what_redaction_would_leave() -> None:
    value = {
        "model": "small",
        "messages": 2,
        "tools": ["refund"],
        "note": None,
        "api_key": "",
        "secret": True,
    }
    assert Redactor().spares(value)
    assert redact(value) == value


def test_a_number_that_is_a_card_is_spared_only_where_nobody_asks_for_it() -> None:
    assert Redactor().spares({"n": 4111_1111_1111_1111})
    assert not Redactor(("pii",)).spares({"n": 4111_1111_1111_1111})
