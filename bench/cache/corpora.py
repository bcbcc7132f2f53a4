"""Questions of which somebody said whether one answer serves both."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

DATA: Final = Path(__file__).resolve().parents[3] / "shared" / "data" / "semantic_cache"


@dataclass(frozen=True)
class Corpus:
    """What is kept, what is asked, and which of it may serve which."""

    name: str
    half: str
    kept: Sequence[str]
    asked: Sequence[str]
    serves: dict[str, frozenset[str]] | None
    """What is asked → what may answer it; None for a stream whose texts have kinds."""
    kinds: Sequence[str] = ()
    """The kind of each text of a stream, of which `kept` and `asked` are the same."""

    @property
    def is_stream(self) -> bool:
        """Whether each text is asked after those before it."""
        return self.serves is None

    def is_right(self, asked: int, kept: int) -> bool:
        """Whether this hit is right; of a stream only that it is not surely wrong is known."""
        if self.serves is None:
            return self.kinds[asked] == self.kinds[kept]
        return self.kept[kept] in self.serves[self.asked[asked]]


def is_present() -> bool:
    """Whether the data is on this machine."""
    return all((DATA / name).exists() for name in ("pairs.jsonl.gz", "intents.jsonl.gz"))


def read_corpora() -> Iterator[Corpus]:
    """Every corpus, each in two halves: pairs are split by their id, streams by their kind."""
    for name in ("gptcache-mock", "sts-question"):
        rows = [row for row in _rows("pairs.jsonl.gz") if row["source"] == name]
        for half in ("development", "held out"):
            yield _pairs(name, half, [row for row in rows if _half(row["id"]) == half])
    for name in ("banking77", "clinc150"):
        rows = [row for row in _rows("intents.jsonl.gz") if row["source"] == name]
        # Asked in an order that has nothing to do with the kind.
        rows.sort(key=lambda row: hashlib.sha256(row["id"].encode()).digest())
        for half in ("development", "held out"):
            yield _stream(name, half, [row for row in rows if _half(row["intent"]) == half])


def _pairs(name: str, half: str, rows: list[dict[str, Any]]) -> Corpus:
    serves: dict[str, set[str]] = {}
    for row in rows:
        serves.setdefault(row["b"], set()).update({row["a"]} if row["same"] else ())
    fixed = {asked: frozenset(found) for asked, found in serves.items()}
    kept = list(dict.fromkeys(row["a"] for row in rows))
    return Corpus(name, half, kept, [row["b"] for row in rows], fixed)


def _stream(name: str, half: str, rows: list[dict[str, Any]]) -> Corpus:
    texts = [row["text"] for row in rows]
    return Corpus(name, half, texts, texts, None, [row["intent"] for row in rows])


def _half(key: str) -> str:
    return "held out" if hashlib.sha256(key.encode()).digest()[0] % 2 else "development"


def _rows(name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
