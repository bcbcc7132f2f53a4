"""Whether a run gets anywhere: empty results, requests in other words, a context that grows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from holdfast.decision.detectors.likeness import (
    NOTHING_SAID,
    SAME_THOUGHT,
    Request,
    alike,
    request_of,
    rewords,
    words_of,
)

COMPARED: Final = 4
"""A request is compared with so many of those made before it."""


class Progress:
    """The trail of one run, told by every result, thought and model call as it comes."""

    __slots__ = ("barren", "grown", "last_tokens", "requests", "reworded", "thought", "thoughts")

    def __init__(self) -> None:
        self.barren = 0
        """Results in a row that brought nothing: nothing found, or what the same call had brought before."""
        self.reworded = 1
        """Calls in a row of one tool that ask for the same in other words."""
        self.requests: list[tuple[str, Request]] = []
        self.thoughts = 0
        """Thoughts in a row that say the same, nothing done between them."""
        self.thought: frozenset[str] = NOTHING_SAID
        self.grown = 0
        """Model calls in a row, each with more context than the one before, nothing new between them."""
        self.last_tokens = 0

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to say of this run."""
        return self.barren < 2 and self.reworded < 2 and self.thoughts < 2 and self.grown < 2

    def ask(self, target: str, arguments: Mapping[str, Any]) -> None:
        """A call was made."""
        request = request_of(arguments)
        again = False
        for tool, one in self.requests:
            if tool == target:
                if rewords(request, one):
                    self.reworded += 1
                    break
                again = again or request == one
        else:
            self.reworded = self.reworded if again else 1
        self.requests.append((target, request))
        del self.requests[:-COMPARED]
        self._act()

    def goes_on(self, target: str, arguments: Mapping[str, Any]) -> bool:
        """Whether a call would ask for the same once more."""
        request = request_of(arguments)
        return any(rewords(request, one) for tool, one in self.requests if tool == target)

    def learn(self) -> None:
        """A result brought something new."""
        self.barren = self.grown = 0

    def miss(self) -> None:
        """A result brought nothing."""
        self.barren += 1

    def think(self, text: str, *, answered: bool = False) -> None:
        """The agent said something instead of doing something; an answer from outside ends a monologue."""
        said = words_of(text)
        if not said:
            return
        if answered:
            self._act()
            return
        self.thoughts = self.thoughts + 1 if alike(said, self.thought, SAME_THOUGHT) else 1
        self.thought = said

    def load(self, tokens: int) -> None:
        """A model was called with so much context."""
        self.grown = self.grown + 1 if tokens > self.last_tokens > 0 else 0
        self.last_tokens = tokens

    def hear(self) -> None:
        """A person said something: what follows is another piece of work."""
        self.__init__()

    def _act(self) -> None:
        self.thoughts, self.thought = 0, NOTHING_SAID
