"""ARCHITECTURE.md names every room and, for every invariant, tests that exist; decisions are numbered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.tidy.checkout import ROOT, name

ARCHITECTURE = ROOT / "ARCHITECTURE.md"
ADRS = ROOT / "docs" / "adr"
NAMED = re.compile(r"`(?P<file>(?:sdk/tests|server/tests|tests|ui)/[\w./-]+)(?:::(?P<test>\w+))?`")
SECTION = re.compile(r"^### (?P<title>.+)\n(?P<body>(?:(?!^#).*\n?)*)", re.MULTILINE)


def invariants() -> dict[str, str]:
    """Heading and text of each invariant."""
    whole = ARCHITECTURE.read_text()
    part = whole.partition("\n## Invariants\n")[2].partition("\n## ")[0]
    return {match["title"]: match["body"] for match in SECTION.finditer(part)}


def test_there_are_as_many_invariants_as_were_promised() -> None:
    assert len(invariants()) >= 17


@pytest.mark.parametrize("title", invariants())
def test_an_invariant_names_tests_that_exist_or_says_that_none_does(title: str) -> None:
    body = invariants()[title]
    assert NAMED.search(body) or "Not held by a test yet" in body
    assert missing(body) == []


def missing(text: str) -> list[str]:
    """The tests that a text names and that are not there."""
    return [match[0] for match in NAMED.finditer(text) if not there(match["file"], match["test"])]


def there(file: str, test: str | None) -> bool:
    """Whether a test file exists and holds the named test."""
    path = ROOT / file
    return path.exists() and (test is None or f"def {test}(" in path.read_text())


def decisions() -> list[Path]:
    return sorted(ADRS.glob("[0-9]*.md"))


def test_decisions_are_numbered_in_a_row() -> None:
    assert [int(path.name[:4]) for path in decisions()] == list(range(1, len(decisions()) + 1))


@pytest.mark.parametrize("decision", decisions(), ids=name)
def test_a_decision_has_its_four_parts_and_names_checks_that_exist(decision: Path) -> None:
    text = decision.read_text()
    parts = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert {"Context", "Decision", "Consequences", "Held by"} <= set(parts)
    held = text.partition("## Held by")[2]
    assert missing(held) == []


@pytest.mark.parametrize("decision", decisions(), ids=name)
def test_the_map_lists_every_decision(decision: Path) -> None:
    assert f"(docs/adr/{decision.name})" in ARCHITECTURE.read_text()


def test_the_map_shows_every_room() -> None:
    shown = ARCHITECTURE.read_text()
    packages = [ROOT / "sdk/src/holdfast", ROOT / "server/src/holdfast_server"]
    rooms = [path.parent for package in packages for path in package.glob("*/__init__.py")]
    assert [name(room) for room in rooms if f"{room.name}/" not in shown and room.name != "console"] == []
