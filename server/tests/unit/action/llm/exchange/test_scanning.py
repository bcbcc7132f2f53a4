"""An automaton that reads first changes what is found in nothing but the time it takes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.decision.content import (
    EVERYTHING,
    TEXT_MAX,
    Content,
    ContentRule,
    Family,
    Place,
    Stream,
    apply,
    scan,
)
from holdfast.decision.content.own_corpus import own_corpora
from holdfast_server.action.llm.exchange.automaton import SEAM, Automata, Exhaustive
from holdfast_server.action.llm.exchange.scanning import Scanner, families_of

SHARED = Path(__file__).parents[7] / "shared" / "data"
ROWS_MAX = 400
TOKEN = f"{'ghp'}_aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYz5T6"
SECRETS_OUT = ContentRule(find=("secret", "email"), do="redact")
FRAGMENTS = (
    *(str(row["text"]) for corpus in own_corpora() for row in corpus.rows),
    *("password", "the key is", "token", " = ", ": ", '"', "'", "\n", " ", "-", "\xe9", "\u2026", "\u200b",
      "\u0430"),
    *("Ignore", "previous instructions", "%20%41", "&quot;", "4111 1111 1111 1111", "user: ann\n", "hunter2",
      "slack"),
    *("aGVsbG8gd29ybGQgdGhpcyBpcyBhIHRlc3Q=", TOKEN, "::1", "+49 30 1234567", "ann@", "example.com", "\x00",
      "://"),
    *("?", "%", "\u017f"),
)  # fmt: skip
texts = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=8), max_size=6).map("".join)


@pytest.fixture(scope="module")
def automata() -> Automata:
    return Automata()


@pytest.fixture(scope="module")
def scanner(automata: Automata) -> Scanner:
    return Scanner(Content((ContentRule(find=tuple(EVERYTHING)),)), automata)


@settings(deadline=None, max_examples=400)
@given(
    text=texts,
    families=st.frozensets(st.sampled_from(list(Family)), min_size=1),
    outside=st.booleans(),
    deep=st.booleans(),
)
def test_findings_are_those_of_the_detectors(
    scanner: Scanner, text: str, families: frozenset[Family], outside: bool, deep: bool
) -> None:
    assert scanner.look(text, families, outside=outside, deep=deep) == scan(
        text, families, outside=outside, deep=deep
    )


@pytest.mark.parametrize("corpus", ["pii/pii", "secrets/secrets", "injection_texts/texts"])
def test_findings_are_those_of_the_detectors_on_corpora(scanner: Scanner, corpus: str) -> None:
    path = SHARED / f"{corpus}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{path.name} is not here: the detectors were not compared on its texts")
    for text in _some(path):
        for outside in (True, False):
            assert scanner.look(text, EVERYTHING, outside=outside) == scan(text, EVERYTHING, outside=outside)


def _some(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows: list[Any] = [json.loads(line) for line in lines]
    return (str(row["text"]) for row in rows[:: max(1, len(rows) // ROWS_MAX)])


def test_a_harmless_prompt_is_read_by_no_detector(automata: Automata) -> None:
    prompt = (
        "You are a friendly assistant of a travel company. The customer booked a flight from Berlin to "
        "Lisbon and would like to know which of our rules apply when the date changes. Key points first; the "
        "author of the last message has access to the lounge, and a token of thanks would please her."
    )
    for outside in (True, False):
        assert automata.families(prompt, EVERYTHING, outside=outside, deep=True) == frozenset()


@settings(deadline=None)
@given(texts)
def test_rules_do_what_they_do_without_an_automaton(automata: Automata, text: str) -> None:
    rules = (SECRETS_OUT, ContentRule(find=("injection",), do="deny"), ContentRule(find=("pii",), do="ask"))
    read = Scanner(Content(rules), automata).read({"body": [text]}, Place.RESULTS)
    assert read == apply({"body": [text]}, rules, place=Place.RESULTS)


@settings(deadline=None, max_examples=300)
@given(st.lists(texts, max_size=4))
def test_many_texts_are_read_together_as_each_by_itself(automata: Automata, said: list[str]) -> None:
    rules = (SECRETS_OUT, ContentRule(find=("injection",), do="deny"), ContentRule(find=("pii",), do="ask"))
    read = Scanner(Content(rules), automata).read(said, Place.REQUESTS)
    assert read == apply(said, rules, place=Place.REQUESTS)


@settings(deadline=None, max_examples=300)
@given(st.lists(texts, max_size=4), st.booleans(), st.booleans())
def test_what_stands_in_one_text_stands_in_all_together(
    automata: Automata, said: list[str], outside: bool, deep: bool
) -> None:
    together = automata.families(SEAM.join(said), EVERYTHING, outside=outside, deep=deep)
    for text in said:
        assert automata.families(text, EVERYTHING, outside=outside, deep=deep) <= together


def test_what_begins_a_later_text_is_found(automata: Automata) -> None:
    scrap = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYaB3dE5fG7hJ9kL1mN2"
    together = automata.families(SEAM.join(("x" * 200 + " ", scrap)), EVERYTHING, outside=False, deep=True)
    assert automata.families(scrap, EVERYTHING, outside=False, deep=True) <= together


def test_texts_that_are_too_long_together_are_read_one_by_one(automata: Automata) -> None:
    said = ["word " * (TEXT_MAX // 5), TOKEN]
    read = Scanner(Content((SECRETS_OUT,)), automata).read(said, Place.REQUESTS)
    assert read is not None
    assert read.value == [said[0], "[redacted:github-token]"]


def test_only_what_rules_ask_for_is_looked_for(automata: Automata) -> None:
    rules = (ContentRule(find=("email",), at=(Place.REQUESTS,), tools=("openai/gpt-5",)),)
    scanner = Scanner(Content(rules), automata)
    said = [f"ann@example.com has {TOKEN}", "nothing"]
    assert [[one.kind for one in found] for found in scanner.request(said, "openai/gpt-5")] == [["email"], []]
    assert scanner.request(said, "openai/gpt-4") == ((), ())
    assert scanner.read(said, Place.REQUESTS, "openai/gpt-4") is None
    assert scanner.stream("openai/gpt-5") is None


@settings(deadline=None)
@given(texts, st.lists(st.integers(1, 60), min_size=1, max_size=20))
def test_a_stream_comes_out_as_the_detectors_let_it(automata: Automata, text: str, sizes: list[int]) -> None:
    text = "".join(letter for letter in text if not "\ud800" <= letter <= "\udfff")
    stream = Scanner(Content((SECRETS_OUT,)), automata).stream()
    assert stream is not None
    expected = Stream(
        families_of((SECRETS_OUT,)), replace=lambda found, value: _out(found.kind, value, found.family)
    )
    whole = expected.feed(text) + expected.finish()
    out, data, at = b"", text.encode(), 0
    for step in range(len(data)):
        if at >= len(data):
            break
        size = sizes[step % len(sizes)]
        out += stream.feed(data[at : at + size])
        at += size
    assert (out + stream.finish()).decode() == whole


def _out(kind: str, value: str, family: Family) -> str:
    return f"[redacted:{kind}]" if family is Family.SECRET or kind == "email" else value


def test_no_part_of_a_secret_leaves_a_stream(automata: Automata) -> None:
    stream = Scanner(Content((SECRETS_OUT,)), automata).stream()
    assert stream is not None
    out = b""
    for letter in f"the token is {TOKEN} and so on, as long as you like, until the end of this sentence":
        out += stream.feed(letter.encode())
        assert TOKEN[:6].encode() not in out
    assert b"[redacted:github-token] and so on" in out + stream.finish()
    assert stream.labels == {"secret"}
    assert not stream.stops


def test_where_rules_only_label_a_stream_nothing_waits(automata: Automata) -> None:
    stream = Scanner(Content((ContentRule(find=("secret",)),)), automata).stream()
    assert stream is not None
    for piece in (b"the token is ", TOKEN[:9].encode(), TOKEN[9:].encode()):
        assert stream.feed(piece) is piece
    assert stream.finish() == b""
    assert stream.labels == {"secret"}


def test_an_automaton_that_fails_leaves_the_work_to_the_detectors() -> None:
    class Broken:
        def families(self, *_: object, **__: object) -> frozenset[Family]:
            raise RuntimeError("broken")

    scanner = Scanner(Content((SECRETS_OUT,)), Broken())
    assert [one.kind for one in scanner.look(TOKEN, EVERYTHING)] == ["github-token"]


@given(texts)
def test_without_hyperscan_the_detectors_read_everything(text: str) -> None:
    scanner = Scanner(Content((SECRETS_OUT,)), Exhaustive())
    assert scanner.look(text, EVERYTHING) == scan(text)
