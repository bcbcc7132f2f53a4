"""`holdfast coverage` says one number and what is missing, from a server or from this machine alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

import holdfast
from holdfast.cli.coverage import sentence
from holdfast.cli.group import holdfast as command

GAP = {
    "kind": "tool",
    "name": "shell",
    "why": "nobody decided",
    "calls": 3,
    "last_seen": None,
    "next_step": "Call holdfast.init().",
}
TOLD = {
    "share": 0.25,
    "seen": 4,
    "governed": 1,
    "since": "2026-01-01T00:00:00Z",
    "gaps": [GAP],
    "problem": "",
}


def answering(seen: list[httpx.Request]) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=TOLD)

    return httpx.MockTransport(answer)


def test_the_server_is_asked_and_its_list_printed() -> None:
    seen: list[httpx.Request] = []
    done = CliRunner().invoke(
        command, ["coverage", "--server", "http://127.0.0.1:1", "--days", "3"], obj=answering(seen)
    )
    assert done.exit_code == 0, done.stderr
    assert seen[0].url.raw_path == b"/v1/coverage?days=3"
    assert "25.0% of 4 calls are governed (3 are not)" in done.stdout
    assert "shell" in done.stdout
    assert "→ Call holdfast.init()." in done.stdout


def test_scripts_get_what_the_server_says() -> None:
    done = CliRunner().invoke(
        command, ["coverage", "--server", "http://127.0.0.1:1", "--json"], obj=answering([])
    )
    assert json.loads(done.stdout) == TOLD


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"share": 1.0, "seen": 0, "governed": 0}, "no call"),
        ({"share": 1.0, "seen": 2, "governed": 2}, "100.0%"),
    ],
)
def test_the_number_is_said_in_words(told: dict[str, Any], words: str) -> None:
    assert words in sentence(told)


def test_without_a_server_the_ledgers_and_policies_of_this_machine_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policies").mkdir()
    rules = "[{allow_agents: {}}, {allow_tools: {tools: [look]}}]"
    text = f"agents: {{'*': {{}}}}\ntools: {{unused: {{}}}}\nrules: {rules}\n"
    (tmp_path / "policies" / "rules.yaml").write_text(text)

    @holdfast.tool(name="look", effect="read", reversible=True)
    def look() -> str:
        """Look."""
        return "seen"

    @holdfast.agent("clerk")
    def work() -> None:
        """Look twice."""
        look()
        look()

    holdfast.init(data=tmp_path / ".holdfast", integrations=False)
    try:
        work()
    finally:
        holdfast.shutdown()
    done = CliRunner().invoke(command, ["coverage", "--json"])
    told = json.loads(done.stdout)
    assert (told["seen"], told["governed"], told["share"]) == (2, 2, 1.0)
    assert [(gap["name"], gap["why"]) for gap in told["gaps"]] == [("unused", "no policy covers it")]
