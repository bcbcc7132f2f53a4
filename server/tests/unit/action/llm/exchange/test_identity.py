"""Whose call it is: read once of what a client says again and again, and never of what names one step."""

from __future__ import annotations

import re

import pytest

from holdfast_server.action.llm.config import Key, digest_key
from holdfast_server.action.llm.exchange.identity import HEARD_BYTES, HEARD_MAX, Keyring, new_run
from holdfast_server.action.llm.seam import Headers

SECRET = b"hf-" + b"a" * 46
CHAT = b"/v1/chat/completions"


def keyring() -> Keyring:
    return Keyring([Key("key_1", digest_key(SECRET), "worker")])


def headers(*more: tuple[bytes, bytes]) -> Headers:
    return [(b"Authorization", b"Bearer " + SECRET), (b"User-Agent", b"test"), *more]


def test_the_same_words_are_read_once() -> None:
    keys = keyring()
    first, caller = keys.hear(headers(), CHAT)
    again, same = keys.hear(headers(), CHAT)
    assert again is first
    assert same is caller is not None


def test_another_word_is_another_caller() -> None:
    keys = keyring()
    keys.hear(headers((b"x-holdfast-session", b"one")), CHAT)
    said, _ = keys.hear(headers((b"x-holdfast-session", b"two")), CHAT)
    assert said.session == "two"


@pytest.mark.parametrize("name", [b"X-Claude-Code-Session-Id", b"session-id", b"session_id", b"X-Session-Id"])
def test_a_coding_agent_names_its_session_by_itself_and_our_header_goes_before(name: bytes) -> None:
    sent = (name, b"01a2-77")
    said, _ = keyring().hear(headers(sent), CHAT)
    assert (said.session, sent in said.headers) == ("01a2-77", True)
    said, _ = keyring().hear(headers(sent, (b"x-holdfast-session", b"mine")), CHAT)
    assert said.session == "mine"


def test_a_wrong_key_is_nobodys_and_is_not_remembered() -> None:
    keys = keyring()
    wrong: Headers = [(b"Authorization", b"Bearer hf-" + b"b" * 46)]
    first, nobody = keys.hear(wrong, CHAT)
    again, _ = keys.hear(wrong, CHAT)
    assert nobody is None
    assert again is not first


def test_a_key_in_the_address_is_found_whatever_was_said_before() -> None:
    keys = keyring()
    keys.hear([(b"User-Agent", b"test")], CHAT)
    _, caller = keys.hear([(b"User-Agent", b"test")], b"/v1beta/models/g:generateContent?key=" + SECRET)
    assert caller is not None
    _, nobody = keys.hear([(b"User-Agent", b"test")], CHAT)
    assert nobody is None


def test_what_names_a_step_is_not_remembered() -> None:
    keys = keyring()
    traced = headers((b"traceparent", b"00-" + b"1" * 32 + b"-" + b"2" * 16 + b"-01"))
    first, _ = keys.hear(traced, CHAT)
    again, _ = keys.hear(traced, CHAT)
    assert again is not first
    assert (again.trace, again.parent) == ("1" * 32, "2" * 16)
    inside = headers((b"x-holdfast-run", b"3" * 32), (b"x-holdfast-step", b"4" * 16))
    assert keys.hear(inside, CHAT)[0] is not keys.hear(inside, CHAT)[0]
    beside = headers((b"x-holdfast-run", b"3" * 32))
    assert keys.hear(beside, CHAT)[0] is keys.hear(beside, CHAT)[0]


def test_what_is_remembered_is_bounded() -> None:
    keys = keyring()
    long = headers((b"x-long", b"x" * HEARD_BYTES))
    first, _ = keys.hear(long, CHAT)
    assert keys.hear(long, CHAT)[0] is not first
    oldest, _ = keys.hear(headers(), CHAT)
    for n in range(HEARD_MAX):
        keys.hear(headers((b"x-call", b"%d" % n)), CHAT)
    assert keys.hear(headers(), CHAT)[0] is not oldest


def test_runs_are_named_in_the_order_in_which_they_begin() -> None:
    begun = [new_run(1_795_342_509_104_000_000 + moment * 2_000_000) for moment in range(100)]
    assert begun == sorted(begun)
    assert all(re.fullmatch("[0-9a-f]{32}", run) for run in begun)


def test_no_two_runs_of_one_moment_have_one_name() -> None:
    begun = {new_run(1_795_342_509_104_000_000) for _ in range(1_000)}
    assert len(begun) == 1_000
    assert len({run[:8] for run in begun}) == 1
