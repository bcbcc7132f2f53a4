"""How much a rule counts: first it is only watched, then it warns, then it holds for some runs, then for all.

A rule that is not enforced is judged all the same; what it would have done is recorded beside the verdict.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final, Literal

import msgspec

from holdfast.decision.cedar.syntax import Policy, is_level

Word = Literal["shadow", "warn", "sample", "enforce"]
LADDER: Final[tuple[Word, ...]] = ("shadow", "warn", "sample", "enforce")
LEVELS_FILE: Final = "enforcement.yaml"
"""The policy file whose levels go before those of other files: a server keeps there what is set over REST."""


class Level(msgspec.Struct, frozen=True, gc=False):
    """How much a rule counts."""

    word: Word
    """`sample` holds for a share of all runs."""
    percent: int = 100
    """Of the runs for which a sampled rule holds."""

    def holds(self, rule: str, run: str) -> bool:
        """Whether the rule decides in this run: the same answer for every action of one run."""
        if self.word == "sample":
            drawn = hashlib.blake2b(f"{rule}\0{run}".encode(), digest_size=4).digest()
            return int.from_bytes(drawn) % 100 < self.percent
        return self.word == "enforce"

    def __str__(self) -> str:
        """As it is written in a file."""
        return f"sample:{self.percent}" if self.word == "sample" else self.word


ENFORCED: Final = Level("enforce")


def read_level(text: str) -> Level:
    """A level as it is written.

    Raises:
        ValueError: it is none.
    """
    if not is_level(text):
        raise ValueError(f"{text!r} is no level: write shadow, warn, sample:1 to sample:100, or enforce")
    word, _, percent = text.partition(":")
    return Level(next(one for one in LADDER if one == word), int(percent or 100))


def step_back(level: Level) -> Level:
    """The level below: what a rule falls to that refuses too much of what people then let pass."""
    return Level("warn" if level.word in {"enforce", "sample"} else "shadow")


def graded(policies: Iterable[Policy], said: Mapping[str, str]) -> dict[str, Level]:
    """Of these policies those that are not simply enforced, and their levels.

    Args:
        policies: of one gate.
        said: levels by rule, which go before those that stand with the rules; a rule of several policies is
            named without their last words.
    """
    levels = {
        one.id: read_level(_said(one.id, said) or one.annotations.get("enforce", "enforce"))
        for one in policies
        if one.effect == "forbid"
    }
    return {name: level for name, level in levels.items() if level != ENFORCED}


def _said(policy: str, said: Mapping[str, str]) -> str:
    name = policy
    while name:
        if name in said:
            return said[name]
        name = name.rpartition("/")[0]
    return ""
