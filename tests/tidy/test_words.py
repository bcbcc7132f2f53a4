"""The repository speaks of itself only, on any machine, and leaves nothing for later in a comment."""

from __future__ import annotations

import re
from pathlib import Path

from tests.tidy.checkout import ROOT, name, text_files

HERE = Path(__file__).resolve()
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
MACHINE_PATH = re.compile(r"(?<![\w.~$}/-])/(?:work|root|home|Users)/\w")
INDEX_HOST = re.compile(r"\b(?:pypi|(?:\w+\.)?pythonhosted|registry\.(?:npmjs|yarnpkg))\.(?:org|com)\b")
VAGUE = {"utils", "helpers", "common", "manager", "misc"}


def test_nothing_is_left_unfinished_in_a_comment() -> None:
    assert found(UNFINISHED) == []


def test_no_path_of_one_machine_is_written_down() -> None:
    assert found(MACHINE_PATH) == []


def test_no_package_index_is_named() -> None:
    assert found(INDEX_HOST) == []


def test_no_file_has_a_vague_name() -> None:
    assert [name(path) for path in text_files() if VAGUE & {path.stem, *path.relative_to(ROOT).parts}] == []


def found(pattern: re.Pattern[str]) -> list[str]:
    """Where a pattern stands, as file:line."""
    return [
        f"{name(path)}:{number}: {line.strip()[:100]}"
        for path in text_files()
        if path != HERE
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
