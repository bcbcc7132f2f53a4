"""What leaves an agent's process: no secret ever, and no personal data when the settings say so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import holdfast
from holdfast.testing.sink import Sink

MAIL, CARD = "ada@corp.example", 4_111_111_111_111_111


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


@pytest.fixture
def left(sink: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bool], bytes]]:
    """Let an agent write a mail, and give back everything that reached the server."""

    def run(pii: bool) -> bytes:
        monkeypatch.setenv("HOLDFAST_REDACTION__PII", str(pii).lower())
        holdfast.init(server=sink.url, policies=_rules(tmp_path), data=tmp_path / "data", integrations=False)

        @holdfast.tool(effect="read")
        def find_customer(mail: str, card: int) -> str:
            return json.dumps({"mail": mail, "card": card})

        @holdfast.agent("clerk")
        def work() -> str:
            return find_customer(MAIL, CARD)

        assert MAIL in work(), "what the agent works with is not touched"
        holdfast.shutdown()
        return b"".join(request.body for request in sink.requests)

    yield run
    holdfast.shutdown()


def test_personal_data_leaves_in_spans_and_records_unless_it_is_taken_out(
    left: Callable[[bool], bytes],
) -> None:
    assert MAIL.encode() in left(False)


def test_with_the_switch_no_personal_data_leaves(left: Callable[[bool], bytes]) -> None:
    sent = left(True)
    assert MAIL.encode() not in sent
    assert str(CARD).encode() not in sent
    assert b"[redacted:email]" in sent
    assert b"[redacted:credit-card]" in sent


def _rules(folder: Path) -> Path:
    file = folder / "rules.yaml"
    file.write_text('agents: {"*": {}}\nrules:\n  - allow_agents: {}\n  - allow_tools: {tools: ["*"]}\n')
    return file
