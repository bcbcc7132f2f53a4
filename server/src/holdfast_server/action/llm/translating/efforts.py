"""How hard to think: as a word, and as tokens."""

from __future__ import annotations

from typing import Final

from holdfast_server.action.llm.translating.form import Effort

TOKENS: Final[dict[Effort, int]] = {
    "none": 0,
    "minimal": 1_024,
    "low": 2_048,
    "medium": 8_192,
    "high": 24_576,
    "xhigh": 32_768,
}
"""What a word is worth in tokens. Words are wishes, so any figures near these would do."""


def tokens_of(effort: Effort | None, budget: int | None) -> int | None:
    """Tokens to think with; None when nothing was said about it."""
    if budget is not None:
        return budget
    return None if effort is None else TOKENS[effort]


def effort_of(effort: Effort | None, budget: int | None) -> Effort | None:
    """The word, or the highest one that the tokens pay for; none of them pays for no thinking at all."""
    if effort is not None or budget is None:
        return effort
    paid: list[Effort] = [word for word, tokens in TOKENS.items() if tokens <= budget]
    return paid[-1]
