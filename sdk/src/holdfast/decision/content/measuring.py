"""How often the detectors are right: recall and false alarms on a corpus, with intervals.

A corpus is split by a hash of each row's id. Rules are written while looking at one part, three quarters of
it; the figures of the rest say how well they hold for what nobody looked at.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from holdfast.decision.content.finding import Family, Finding
from holdfast.decision.content.scanning import scan

Part = Literal["development", "held-out", "whole"]
STRUCTURED: Final = {
    "CREDIT_CARD": "credit-card",
    "DOMAIN_NAME": "url",
    "EMAIL_ADDRESS": "email",
    "IBAN_CODE": "iban",
    "IP_ADDRESS": "ip-address",
    "PHONE_NUMBER": "phone",
    "US_SSN": "us-ssn",
}
"""Kinds of spans that a detector without a model can be held to → what it calls them."""
OTHER_NUMBERS: Final = frozenset(("US_DRIVER_LICENSE", "US_PASSPORT", "US_BANK_NUMBER"))
"""Spans that are personal, but not among the kinds measured: finding one is no false alarm."""
WEAK: Final = "unflagged"
"""Rows that are innocent only in that another tool said nothing."""
UNDISPUTED: Final = "undisputed"
"""The group of all rows but those that `disputes` names."""
AGAIN_MIN: Final = 8
_Z: Final = 1.959963984540054
"""95 % of a normal distribution lie within so many deviations."""


class Peer(msgspec.Struct, frozen=True):
    """What somebody else published about theirs."""

    name: str
    recall: float
    false_alarm: float
    source: str


PEERS: Final[Mapping[str, Peer]] = {
    "injection": Peer(
        "agent-governance-toolkit",
        7 / 110,
        16 / 170,
        "its committed result on its own 280-row fixture, benchmarks/prompt-injection, balanced defaults",
    )
}


class Score(msgspec.Struct, frozen=True):
    """How a detector did on one part of a corpus, or on one group of it."""

    detector: str
    corpus: str
    part: str
    n: int
    """Rows, or spans, that should be found."""
    recall: float | None
    recall_low: float | None
    recall_high: float | None
    negatives: int
    """Texts that hold nothing."""
    false_alarm: float | None
    false_alarm_low: float | None
    false_alarm_high: float | None
    peer: Peer | None = None
    groups: tuple[Score, ...] = ()
    """The same by source or kind."""


class Corpus(msgspec.Struct, frozen=True):
    """Some texts and what they hold."""

    name: str
    detector: Literal["secret", "pii", "injection"]
    rows: tuple[Mapping[str, Any], ...]


def detector_of(row: Mapping[str, Any]) -> Literal["secret", "pii", "injection"] | None:
    """Which detector a row is for, told by its shape; None when it is no row of a corpus."""
    if "spans" in row:
        return "pii"
    if row.get("label") in {"secret", "not_secret", WEAK}:
        return "secret"
    return "injection" if row.get("label") in {"injection", "benign", "hard_benign"} else None


def disputes(corpus: Corpus) -> Mapping[str, str]:
    """Rows whose label no detector can be held to, by id, and why; they count all the same.

    A row may say so itself, in `disputed`. Besides: the same text under both labels, and what its own source
    calls an identifier rather than a secret.
    """
    found = {str(row["id"]): str(row["disputed"]) for row in corpus.rows if row.get("disputed")}
    if corpus.detector != "secret":
        return found
    positive = {str(row["text"]).strip(): str(row["id"]) for row in corpus.rows if row["label"] == "secret"}
    for row in corpus.rows:
        twin = positive.get(str(row["text"]).strip()) if row["label"] == "not_secret" else None
        kinds = row.get("categories") or ("secret",)
        if twin is not None:
            found[str(row["id"])] = f"{twin} lists the same text as a secret"
        elif (
            row["label"] == "secret" and "identifier" in kinds and "secret" not in kinds and not _is_key(row)
        ):
            found[str(row["id"])] = "its source calls it an identifier, not a secret"
    return found


def _is_key(row: Mapping[str, Any]) -> bool:
    """Whether a row is about a key or a token, whatever else its source says of it."""
    return str(row.get("kind", "")).lower().endswith(("key", "token"))


def measure(corpus: Corpus) -> tuple[Score, ...]:
    """The scores of both parts of a corpus, and of the whole when there are both."""
    parts: dict[Part, list[Mapping[str, Any]]] = {"development": [], "held-out": []}
    for row in corpus.rows:
        parts[part_of(str(row["id"]))].append(row)
    if all(parts.values()):
        parts["whole"] = list(corpus.rows)
    disputed = disputes(corpus)
    return tuple(_score(corpus, part, rows, disputed) for part, rows in parts.items() if rows)


def part_of(id: str) -> Part:  # noqa: A002  # the row's own word
    """Which part a row belongs to."""
    return "held-out" if hashlib.sha256(id.encode()).digest()[0] & 3 == 3 else "development"  # a quarter


def wilson(hits: int, n: int) -> tuple[float, float] | tuple[None, None]:
    """The interval that a share lies in with 95 % confidence, by Wilson's score."""
    if not n:
        return None, None
    share, square = hits / n, _Z * _Z / n
    middle = (share + square / 2) / (1 + square)
    reach = _Z / (1 + square) * math.sqrt(share * (1 - share) / n + square / (4 * n))
    return max(0.0, min(share, middle - reach)), min(1.0, max(share, middle + reach))


class _Tally:
    def __init__(self) -> None:
        self.n = self.found = self.negatives = self.alarms = 0

    def score(
        self, name: tuple[str, str, str], peer: Peer | None = None, groups: Sequence[Score] = ()
    ) -> Score:
        detector, corpus, part = name
        return Score(
            detector, corpus, part,
            self.n, self.found / self.n if self.n else None, *wilson(self.found, self.n),
            self.negatives, self.alarms / self.negatives if self.negatives else None,
            *wilson(self.alarms, self.negatives), peer=peer, groups=tuple(groups),
        )  # fmt: skip


def _score(
    corpus: Corpus, part: Part, rows: Iterable[Mapping[str, Any]], disputed: Mapping[str, str]
) -> Score:
    whole, groups = _Tally(), dict[str, _Tally]()
    judge = {"secret": _secret, "pii": _personal, "injection": _injected}[corpus.detector]
    for row in rows:
        for group, positive, hit in judge(row):
            tallies = [whole, groups.setdefault(group, _Tally())]
            if disputed and str(row["id"]) not in disputed and group != WEAK:
                tallies.append(groups.setdefault(UNDISPUTED, _Tally()))
            for tally in tallies:
                if positive:
                    tally.n, tally.found = tally.n + 1, tally.found + hit
                else:
                    tally.negatives, tally.alarms = tally.negatives + 1, tally.alarms + hit
    # What no other tool flagged is a weak sign of innocence: it is shown, and not counted.
    if WEAK in groups:
        weak = groups[WEAK]
        whole.negatives, whole.alarms = whole.negatives - weak.negatives, whole.alarms - weak.alarms
    scores = [tally.score((corpus.detector, group, part)) for group, tally in sorted(groups.items())]
    return whole.score((corpus.detector, corpus.name, part), PEERS.get(corpus.detector), scores)


_Judged = Iterable[tuple[str, bool, bool]]


def _secret(row: Mapping[str, Any]) -> _Judged:
    """Found: where the value is known, it no longer stands in the text; else anything was found."""
    text, label = str(row["text"]), row["label"]
    found = scan(text, {Family.SECRET})
    hit = bool(found)
    value = row.get("value")
    if hit and label == "secret" and value and value in text:
        hit = value not in _without(text, found)
    yield WEAK if label == WEAK else str(row.get("source", "")), label == "secret", hit


def _without(text: str, found: Sequence[Finding]) -> str:
    rest = text
    for each in reversed(found):
        rest = f"{rest[: each.start]}\0{rest[each.end :]}"
    for each in found:
        if each.end - each.start >= AGAIN_MIN:
            rest = rest.replace(text[each.start : each.end], "\0")
    return rest


def _personal(row: Mapping[str, Any]) -> _Judged:
    """A span is found when one finding covers all of it; a text without any must have no finding."""
    found = scan(str(row["text"]), {Family.PII})
    spans = [span for span in row["spans"] if span["type"] in STRUCTURED]
    for span in spans:
        hit = any(each.start <= span["start"] and each.end >= span["end"] for each in found)
        yield STRUCTURED[span["type"]], True, hit
    if not spans and not any(span["type"] in OTHER_NUMBERS for span in row["spans"]):
        yield "texts without", False, bool(found)


def _injected(row: Mapping[str, Any]) -> _Judged:
    families = {Family.INJECTION, Family.INVISIBLE}
    found = scan(str(row["text"]), families, outside=row.get("channel") != "user")
    yield str(row.get("source", "")), row["label"] == "injection", bool(found)
