"""Which models, with which prompts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, ClassVar

import msgspec

from holdfast.action import Contract
from holdfast.decision.pack.preset import Guarded, Some, Word, either, one_of, quote, quote_all, unless_stated

MODEL = 'action == Action::"holdfast:model"'
Pattern = Annotated[str, msgspec.Meta(pattern=r"^[\w.:/*-]{1,128}$")]


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


class OfferedTools(Guarded, frozen=True, kw_only=True):
    """Only these tools may be offered to a model; others are refused, or taken out of the request."""

    category: ClassVar[str] = "tool_allowlist"
    example: ClassVar[str] = "{hosted: [file_search], barred: ['delete_*'], strip: true}"
    reads: ClassVar[str] = (
        "`context.derived.hosted_tools`; names with `context.tools_among[…]`, `tools_outside[…]`"
    )
    exceeds: ClassVar[str] = (
        "also those that the provider runs itself, under one word whatever the provider calls them"
    )

    hosted: tuple[Pattern, ...] | None = None
    """What the provider may run: `web_search`, `web_fetch`, `code_execution`, `file_search`, `mcp` and more;
    nothing with an empty list, everything without one."""
    allowed: tuple[Pattern, ...] = ()
    """Names of the client's own tools, with `*`; without any, all of them."""
    barred: tuple[Pattern, ...] = ()
    """Names of the client's own tools that may not be offered, with `*`."""
    strip: bool = False
    """Whether the request goes on without them instead of being refused."""

    def __post_init__(self) -> None:
        if self.hosted is None and not self.allowed and not self.barred:
            raise ValueError("name hosted, allowed or barred ones")
        if self.strip and self.otherwise != "deny":
            raise ValueError("what is taken out is not refused: leave out otherwise, or strip")

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        if self.hosted is not None:
            found = "context.derived.hosted_tools"
            when = f"!{quote_all(self.hosted)}.containsAll({found})" if self.hosted else f"!{found}.isEmpty()"
            yield self._keep(f"{rule}/hosted", when, "hosted_tools:!", self.hosted)
        if self.allowed:
            when = f"context.tools_outside[{quote(' '.join(self.allowed))}]"
            yield self._keep(f"{rule}/allowed", when, "tools:!", self.allowed)
        if self.barred:
            when = f"context.tools_among[{quote(' '.join(self.barred))}]"
            yield self._keep(f"{rule}/barred", when, "tools:", self.barred)

    def _keep(self, rule: str, when: str, what: str, names: Iterable[str]) -> str:
        if not self.strip:
            return self.refuse(rule, when, "A tool that is offered may not be.", action=MODEL)
        told = "Tools that may not be offered were taken out."
        on = f"transform:strip:{what}{' '.join(names)}"
        return self.forbid(rule, told, action=MODEL, role=self.role, when=when, on=on)


def likes(names: Iterable[str]) -> str:
    """`the resource's name is like one of these`."""
    return " || ".join(f"resource.name like {quote(name)}" for name in names)
