"""Corpora on disk: folders of JSON lines, plain or gzipped, with texts and what they hold."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TextIO

from holdfast.decision.content.measuring import Corpus, Score, detector_of, measure
from holdfast.decision.content.own_corpus import own_corpora
from holdfast.errors import Misconfigured

ROWS_MAX: Final = 200_000
ENDINGS: Final = (".jsonl", ".jsonl.gz")


def read_corpora(folders: Iterable[Path]) -> tuple[Corpus, ...]:
    """The corpora in some files or folders, one a detector and folder.

    Raises:
        Misconfigured: a path is not there, or holds no corpus.
    """
    return tuple(corpus for folder in folders for corpus in _read(folder))


def report(folders: Iterable[Path] = ()) -> tuple[Score, ...]:
    """The scores of the shipped corpora and of those in some folders.

    Raises:
        Misconfigured: a path is not there, or holds no corpus.
    """
    corpora = (*own_corpora(), *read_corpora(folders))
    return tuple(score for corpus in corpora for score in measure(corpus))


def _read(folder: Path) -> Iterator[Corpus]:
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for row in _rows(folder):
        detector = detector_of(row)
        if detector is not None and "id" in row and "text" in row:
            rows.setdefault(detector, []).append(row)
    if not rows:
        raise Misconfigured(f"{folder} holds no corpus", hint="See docs/concepts/content.md for its form.")
    name = folder.name.partition(".")[0]
    for detector in ("secret", "pii", "injection"):
        if detector in rows:
            yield Corpus(name, detector, tuple(rows[detector]))


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    files = (
        sorted(file for file in path.iterdir() if file.name.endswith(ENDINGS)) if path.is_dir() else [path]
    )
    left = ROWS_MAX
    try:
        for file in files:
            with _open(file) as lines:
                for line in lines:
                    row = json.loads(line)
                    left -= 1
                    if left < 0:
                        raise Misconfigured(f"{path} holds more than {ROWS_MAX} rows")
                    if isinstance(row, dict):
                        yield row
    except (OSError, ValueError) as error:
        raise Misconfigured(f"{path}: {error}", hint="A corpus is a folder of JSON lines.") from error


def _open(file: Path) -> TextIO:
    """The lines of a file, unpacked where they are packed."""
    if file.suffix == ".gz":
        return io.TextIOWrapper(gzip.GzipFile(file), encoding="utf-8")
    return file.open(encoding="utf-8")
