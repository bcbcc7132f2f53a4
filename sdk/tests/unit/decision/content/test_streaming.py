"""However a text is cut into pieces, what may go out is the same, and no half of a secret does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.decision.content import SECRETS, Family, Stream, scan
from holdfast.decision.content.streaming import BLOCK_MAX, HOLD, RUN_MAX, STEP

LETTERS = "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYz5T6"
TOKEN = f"{'ghp'}_{LETTERS}"
CARD = "4111 1111 1111 1111"
KEY = f"-----BEGIN RSA {'PRIVATE'} KEY-----\n{'MIIEpAIBAAKCAQEA' * 40}\n-----END RSA {'PRIVATE'} KEY-----"
BOTH = frozenset((Family.SECRET, Family.PII))
WORDS = "abandon ability able about above absent absorb abstract absurd abuse access accident"
FAR = {
    "curl": f"curl -s {'-H some-thing ' * 30} -u ann:Tr0ub4dor3x https://api.example.com",
    "cookie": f"Cookie: {'; '.join(f'pref{at}=value{at}' for at in range(60))}; session={LETTERS}",
    "manifest": "kind: Secret\nmetadata:\n" + "  label: some\n" * 25 + f"data:\n  a: {LETTERS}\n",
    "directory": f"ldapsearch -x -D cn=admin -b {'ou=x,' * 45} -w Tr0ub4dor3x",
    "web key": f'{{"kty":"oct","alg":"{"a b " * 100}","k":"{LETTERS}"}}',
    "wallet": f"mnemonic: {WORDS} {WORDS}",
    "piped": f"echo Tr0ub4dor3x | docker login {'--registry example.com ' * 4}--password-stdin",
}
pieces = st.lists(
    st.sampled_from([TOKEN, CARD, KEY, "password: hunter22 ", "and then ", "\n", "x" * 70, "ok. "]),
    max_size=9,
)


@settings(deadline=None)
@given(pieces, st.lists(st.integers(1, 90), min_size=1, max_size=40))
def test_pieces_come_out_as_the_whole_does(texts: list[str], sizes: list[int]) -> None:
    text = " ".join(texts)
    whole = Stream(BOTH)
    assert _through(Stream(BOTH), text, sizes) == whole.feed(text) + whole.finish()


@given(st.integers(1, 60), st.integers(1, 40))
def test_no_part_of_a_secret_leaves(before: int, size: int) -> None:
    stream, text = Stream(BOTH), "a" * before + f" {TOKEN} and {CARD} " + "b" * 90
    out = ""
    for at in range(0, len(text), size):
        out += stream.feed(text[at : at + size])
        assert TOKEN[:8] not in out
        assert CARD[:6] not in out
    out += stream.finish()
    assert out == "a" * before + " [redacted:github-token] and [redacted:credit-card] " + "b" * 90


@pytest.mark.parametrize("size", [1, 4, 33])
@pytest.mark.parametrize("text", FAR.values(), ids=FAR)
def test_what_is_announced_far_before_it_is_found_in_pieces_too(text: str, size: int) -> None:
    text = f"{text}\n{'more words follow ' * 40}"
    whole = text
    for found in reversed(scan(text, SECRETS, deep=False)):
        whole = f"{whole[: found.start]}[redacted:{found.kind}]{whole[found.end :]}"
    assert whole != text
    assert _through(Stream(), text, [size]) == whole


def test_what_is_held_is_bounded() -> None:
    for text in ("word " * 20_000, "x" * 100_000, "-----BEGIN " + "y " * 50_000):
        stream, most, out = Stream(), 0, ""
        for at in range(0, len(text), 512):
            out += stream.feed(text[at : at + 512])
            most = max(most, stream.held)
        assert out + stream.finish() == text
        assert most <= max(RUN_MAX, BLOCK_MAX) + HOLD + 512


def test_plain_words_go_out_at_once_but_for_the_last() -> None:
    stream = Stream()
    assert stream.feed("some words " * 20)
    assert stream.held <= HOLD + STEP + len("words")


def test_what_is_put_in_the_place_is_the_callers_choice() -> None:
    stream = Stream(replace=lambda found, value: f"<{found.kind}:{len(value)}>")
    assert stream.feed(f"use {TOKEN}") + stream.finish() == f"use <github-token:{len(TOKEN)}>"


def _through(stream: Stream, text: str, sizes: list[int]) -> str:
    out, at, turn = "", 0, 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        out += stream.feed(text[at : at + size])
        at, turn = at + size, turn + 1
    return out + stream.finish()
