"""Unfolding: what leaves is redacted, also when most of it was read before."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from holdfast.record import OutcomeRecord, encode_leaf
from holdfast_server.action.llm.exchange.telling import KIND, Told
from holdfast_server.action.llm.exchange.unfolding import Unfolder

LOG, RUN, STEP = "a" * 16, "b" * 32, "c" * 16
TOKEN = f"{'ghp'}_aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYz5T6"
HISTORY = [
    {"role": "system", "content": "You are a support agent."},
    {"role": "user", "content": "Where is my order?"},
]


def frame(messages: list[dict[str, Any]], **fields: Any) -> bytes:
    ended = OutcomeRecord(2, LOG, STEP, RUN, RUN, "done", "", None, 0, 0, "small", (), "")
    message = {"role": "assistant", "content": fields.pop("answer", "It is on its way.")}
    told: dict[str, Any] = {
        "log": LOG,
        "step": STEP,
        **dict.fromkeys(("run", "session", "trace"), RUN),
        **dict.fromkeys(("parent", "version", "owner", "person", "stage", "bundle", "digest"), ""),
        "agent": "support",
        "target": "openai/small",
        "key": "key_1",
        "tags": (),
        "facts": {},
        "route": "",
        "verdict": "allow",
        "arguments": b"{}",
        "ended": encode_leaf(ended),
        "ended_at": 1,
        "api": "chat",
        "question": json.dumps({"model": "small", "messages": messages}).encode(),
        "answer": json.dumps({"choices": [{"index": 0, "message": message}]}).encode(),
    }
    return KIND + msgspec.msgpack.encode(Told(**(told | fields)))


def shipped(unfolder: Unfolder, body: bytes) -> str:
    """All that leaves, as text."""
    records, spans = unfolder.unfold(body)
    assert len(records) == len(spans) == 1
    return repr(records[0].payload) + repr(spans[0])


@pytest.fixture
def unfolder() -> Unfolder:
    return Unfolder(pii=False, contents=True)


def test_what_holds_nothing_leaves_as_it_was_said(unfolder: Unfolder) -> None:
    for _ in range(2):
        told = shipped(unfolder, frame(HISTORY))
        assert "Where is my order?" in told
        assert told.count("It is on its way.") == 2  # the record's result, and the span's message


def test_a_secret_after_a_history_that_was_read_before_is_taken_out(unfolder: Unfolder) -> None:
    shipped(unfolder, frame(HISTORY))
    for _ in range(2):
        told = shipped(unfolder, frame([*HISTORY, {"role": "user", "content": f"Use {TOKEN}."}]))
        assert TOKEN not in told
        assert "Where is my order?" in told


@pytest.mark.parametrize(
    "fields",
    [
        {"answer": f"Use {TOKEN}."},
        {"error": f"no access with {TOKEN}"},
        {"facts": {"note": TOKEN}},
        {"facts": {"password": "x"}},
        {"arguments": json.dumps({"user": TOKEN}).encode()},
        {"tags": (("note", TOKEN),)},
        {"reasons": (("rule", "secret", f"{TOKEN} is barred", ""),)},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_secret_is_taken_out_of_records_wherever_it_stands(
    unfolder: Unfolder, fields: dict[str, Any]
) -> None:
    records, _ = unfolder.unfold(frame(HISTORY, **fields, decided=b"{}", decided_at=0))
    told = repr([one.payload for one in records])
    assert len(records) == 2
    assert TOKEN not in told
    assert "'password': 'x'" not in told


def test_a_secret_in_what_is_more_than_words_is_taken_out(unfolder: Unfolder) -> None:
    call = {
        "id": "1",
        "type": "function",
        "function": {"name": "login", "arguments": '{"password": "hunter22!"}'},
    }
    asked = [*HISTORY, {"role": "assistant", "content": None, "tool_calls": [call]}]
    assert "hunter22!" not in shipped(unfolder, frame(asked))


def test_without_contents_nothing_that_was_said_is_in_the_span() -> None:
    _, (span,) = Unfolder(pii=False, contents=False).unfold(frame(HISTORY))
    assert "Where is my order?" not in repr(span)
