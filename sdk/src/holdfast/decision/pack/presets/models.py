"""Which models, with which prompts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar

from holdfast.action import Contract
from holdfast.decision.pack.preset import Guarded, Some, Word, either, one_of, quote, unless_stated

MODEL = 'action == Action::"holdfast:model"'


class AllowedModels(Guarded, frozen=True, kw_only=True):
    """Only these models, and never those."""

    category: ClassVar[str] = "llm"
    example: ClassVar[str] = "{models: ['openai/*', 'anthropic/*'], barred: ['*/*-preview']}"
    reads: ClassVar[str] = "the model's name, `provider/model`"
    exceeds: ClassVar[str] = (
        "per role, for every agent of a chain, and in every version of the bundle on record"
    )

    models: tuple[Word, ...] = ()
    """Names, with `*`; without any, all."""
    barred: tuple[Word, ...] = ()

    def __post_init__(self) -> None:
        if not self.models and not self.barred:
            raise ValueError("name models, or barred ones")

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        allowed = f"!({likes(self.models)})" if self.models else ""
        when = either(allowed, likes(self.barred))
        yield self.refuse(rule, when, "This model may not be used.", action=MODEL)


class ModelCards(Guarded, frozen=True, kw_only=True):
    """Only models that somebody has described."""

    category: ClassVar[str] = "model_card"
    example: ClassVar[str] = "{cards: {'openai/gpt-4o': 'docs/models/gpt-4o.md'}}"
    reads: ClassVar[str] = "the model's name"
    exceeds: ClassVar[str] = (
        "the card is named in the rule itself, so that the record of a decision leads to it"
    )

    cards: Mapping[str, Word]
    """Where the card of each model is, by the model's name, with `*`."""

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        yield "".join(f"// {name}: {' '.join(card.split())}\n" for name, card in self.cards.items())
        when = f"!({likes(self.cards) or 'false'})"
        yield self.refuse(rule, when, "Nobody has described this model yet.", action=MODEL)


class Prompts(Guarded, frozen=True, kw_only=True):
    """Only with these system prompts, by name or digest."""

    category: ClassVar[str] = "prompt_allowlist"
    example: ClassVar[str] = "{prompts: [refunds-v3]}"
    reads: ClassVar[str] = "the fact `prompt`"
    exceeds: ClassVar[str] = "by digest, so that a changed prompt is another prompt"

    prompts: Some

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        when = unless_stated("prompt", one_of(self.prompts))
        yield self.refuse(rule, when, "This prompt may not be used.", kinds=("model",))


def likes(names: Iterable[str]) -> str:
    """`the resource's name is like one of these`."""
    return " || ".join(f"resource.name like {quote(name)}" for name in names)
