"""Which reply a conversation gets, and what has been counted so far."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from holdfast.testing.provider.answer import Answer, Spent
from holdfast.testing.provider.conversation import Conversation
from holdfast.testing.provider.scenario import Duration, Reply, Rule, Scenario


class Choice(NamedTuple):
    """The reply a rule gave, complete with defaults."""

    rule: str
    reply: Reply


class Script:
    """A scenario being played: it remembers how often each rule spoke and owns the dice."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.uses: Counter[str] = Counter()
        self.choices = 0
        self._dice = random.Random(scenario.seed)  # noqa: S311  # a reproducible script, not a secret

    def choose(self, conversation: Conversation) -> Choice:
        """The first rule that holds, and that its limits let speak."""
        self.choices += 1
        if self.scenario.stop_after is not None and self.choices > self.scenario.stop_after:
            return Choice("stopped", self.scenario.stopped)
        for index, rule in enumerate(self.scenario.rules):
            name = rule.name or f"rule {index}"
            if conversation.meets(rule.when) and self._may_speak(rule, name):
                self.uses[name] += 1
                return Choice(name, rule.reply.over(self.scenario.defaults))
        return Choice("default", self.scenario.defaults)

    def seconds(self, duration: Duration | None) -> float:
        """A scripted duration, drawn when it is a range."""
        ms = self._dice.uniform(*duration) if isinstance(duration, tuple) else duration or 0.0
        return ms / 1000

    def new_id(self) -> str:
        """An id that the seed determines."""
        return uuid.UUID(int=self._dice.getrandbits(128)).hex[:24]

    def _may_speak(self, rule: Rule, name: str) -> bool:
        if rule.max_uses is not None and self.uses[name] >= rule.max_uses:
            return False
        return rule.probability is None or self._dice.random() < rule.probability


@dataclass
class Stats:
    """What the provider itself saw: the truth that others' claims are measured against."""

    requests: int = 0
    first_at_ns: int = 0
    """When the first request came; 0 before it."""
    answered: int = 0
    """Requests that got an answer, whole or streamed."""
    by_api: Counter[str] = field(default_factory=Counter[str])
    by_rule: Counter[str] = field(default_factory=Counter[str])
    errors: Counter[int] = field(default_factory=Counter[int])
    """Scripted errors by status."""
    spent_by_model: dict[str, Spent] = field(default_factory=dict[str, Spent])
    tool_calls: int = 0
    hung: int = 0
    dropped: int = 0
    """Connections the script cut."""
    aborted_streams: int = 0
    """Streams the client left."""

    @property
    def spent(self) -> Spent:
        """Tokens over all models."""
        return Spent(*map(sum, zip((0, 0, 0, 0), *self.spent_by_model.values(), strict=True)))

    def count(self, answer: Answer) -> None:
        """Take an answer into account."""
        before = self.spent_by_model.get(answer.model, Spent(0, 0, 0, 0))
        self.spent_by_model[answer.model] = Spent(*map(sum, zip(before, answer.spent, strict=True)))
        self.answered += 1
        self.tool_calls += len(answer.calls)
