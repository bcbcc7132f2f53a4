"""When a cheap model is good enough: by the question before it is asked, by the answer after it.

Words know more than one would think: two logistic models over the words of a question say how often the
cheap model is right and how often the strong one is, and a line says what the strong one costs more. All
are learned from recorded answers (`learn`), travel with the route as plain figures, and take some 30 µs a
question.
"""

from __future__ import annotations

import math
import random
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from holdfast_server.action.llm.config import EscalateTerms

BUCKETS: Final = 8_192
"""Words and pairs of words fall into so many; some share one, which costs little."""
WORDS_MAX: Final = 600
ROUNDS: Final = 4
PULL: Final = 1e-3
"""How strongly weights are pulled back to nothing."""
STEP: Final = 0.05
BIAS_STEP: Final = 0.02
LEAST_EXTRA: Final = 0.05
"""No question is taken for cheaper than this part of the mean."""
_words = re.compile(r"[a-z]+|\d|[^\w\s]")


class Confidence(Protocol):
    """How sure somebody is, from 0 to 1, that the first target of a route is good enough."""

    def __call__(self, question: str) -> float:
        """By the question alone."""
        ...


class Example(NamedTuple):
    """A question that both models answered."""

    question: str
    cheap: float
    """How right the cheap one was, from 0 to 1."""
    strong: float
    extra_cost: float = 1.0
    """What the strong one cost more, in any unit."""


class Head(msgspec.Struct, frozen=True):
    """How often one model is right, by the words of a question."""

    bias: float
    weights: Mapping[int, float]

    def right(self, buckets: Sequence[int]) -> float:
        """The chance that it is."""
        weights = self.weights
        return _chance(self.bias, [weights.get(bucket, 0.0) for bucket in buckets])


class Words(msgspec.Struct, frozen=True):
    """What was learned of two models."""

    cheap: Head
    strong: Head
    dear: float = 1.0
    """What the strong one costs more for a question without a word, in the mean of what it does."""
    dearer: float = 0.0
    """And for each character."""

    def __call__(self, question: str) -> float:
        """1 when the strong model is worth nothing more here; less, the more it is worth for its price."""
        buckets = _buckets(question)
        better = max(0.0, self.strong.right(buckets) - self.cheap.right(buckets))
        return 1.0 / (1.0 + better / max(LEAST_EXTRA, self.dear + self.dearer * len(question)))


def confidence_of(terms: EscalateTerms) -> Confidence | None:
    """Who is asked about a question; None when nothing was learned, and only answers are looked at.

    Raises:
        msgspec.ValidationError: the model of the route is none that `learn` made.
    """
    if terms.model is None or terms.confidence != "words":
        return None
    return msgspec.convert(terms.model, Words, strict=False)


def believe(text: str, *, finish: str, wants_json: bool = False) -> float:
    """How far an answer is to be believed by its looks.

    Args:
        text: all that it says.
        finish: why it ended, in the words of any API.
        wants_json: whether the request asked for JSON.
    """
    if not text.strip() or finish in _UNFINISHED:
        return 0.0
    if wants_json:
        try:
            msgspec.json.decode(text)
        except msgspec.DecodeError:
            return 0.0
    return 1.0


_UNFINISHED: Final = frozenset(
    {"length", "max_tokens", "MAX_TOKENS", "content_filter", "refusal", "SAFETY", "incomplete"}
)


def learn(examples: Iterable[Example]) -> Words:
    """Learn from recorded answers; the same from the same, wherever and whenever."""
    known = list(examples)
    read = [_buckets(one.question) for one in known]
    cheap, strong = _fit(read, [one.cheap for one in known]), _fit(read, [one.strong for one in known])
    return Words(cheap, strong, *_line(known))


def as_model(words: Words) -> dict[str, Any]:
    """What goes into a route's `escalate.model`."""
    return msgspec.to_builtins(words, str_keys=True)


def _fit(read: Sequence[Sequence[int]], right: Sequence[float]) -> Head:
    """Logistic regression by AdaGrad, one question at a time."""
    weights, grown = [0.0] * BUCKETS, [1e-3] * BUCKETS
    good = sum(right)
    bias = math.log((good + 1) / (len(right) - good + 1))
    order = list(range(len(read)))
    shuffler = random.Random(1)  # noqa: S311  # an order, no secret
    for _ in range(ROUNDS):
        shuffler.shuffle(order)
        for place in order:
            buckets = read[place]
            off = _chance(bias, [weights[bucket] for bucket in buckets]) - right[place]
            bias -= BIAS_STEP * off
            pushed = off / math.sqrt(len(buckets) or 1)
            for bucket in buckets:
                slope = pushed + PULL * weights[bucket]
                grown[bucket] += slope * slope
                weights[bucket] -= STEP * slope / math.sqrt(grown[bucket])
    return Head(
        round(bias, 4), {place: round(one, 4) for place, one in enumerate(weights) if abs(one) > 1e-4}
    )


def _line(known: Sequence[Example]) -> tuple[float, float]:
    """What the strong model costs more, by the length of a question: least squares, the mean being 1."""
    n = len(known)
    mean = sum(one.extra_cost for one in known) / n if n else 0.0
    if mean <= 0:
        return 1.0, 0.0
    middle = sum(len(one.question) for one in known) / n
    spread = sum((len(one.question) - middle) ** 2 for one in known)
    together = sum((len(one.question) - middle) * (one.extra_cost / mean - 1) for one in known)
    slope = max(0.0, together / spread) if spread else 0.0
    return round(1 - slope * middle, 6), round(slope, 9)


def _chance(bias: float, weights: Sequence[float]) -> float:
    score = bias + sum(weights) / math.sqrt(len(weights) or 1)
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))


def _buckets(question: str) -> list[int]:
    words = _words.findall(question.lower())[:WORDS_MAX]
    pairs = (f"{one} {other}" for one, other in pairwise(words))
    length = f"length {int(2 * math.log2(1 + len(words)))}"
    return sorted({zlib.crc32(one.encode()) % BUCKETS for one in (*words, *pairs, length)})
