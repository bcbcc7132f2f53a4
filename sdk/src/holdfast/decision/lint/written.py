"""Everything that was written, as the lints read it: policies with their places, and what they name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from holdfast.action import Kind
from holdfast.decision.bundle import Bundle
from holdfast.decision.cedar import Policy, parse
from holdfast.decision.gate import Gate
from holdfast.decision.pack import read_pack


class Literal(NamedTuple):
    """A text in a policy."""

    policy: Policy
    text: str


class Written(NamedTuple):
    """A bundle, and the policies that its sources say."""

    bundle: Bundle
    policies: tuple[Policy, ...]

    @property
    def tools(self) -> dict[str, Gate]:
        """The gates of tools, by name."""
        return {name: gate for name, gate in self.bundle.gates.items() if gate.kind is Kind.TOOL}

    def literals(self) -> Iterator[Literal]:
        """Every text that a condition or a scope names."""
        for policy in self.policies:
            for text in texts_of(policy.form):
                yield Literal(policy, text)


def read_written(bundle: Bundle) -> Written:
    """Read the sources of a bundle again, for the places."""
    found: list[Policy] = []
    for source in bundle.sources:
        if source.kind == "cedar":
            found += parse(source.text, source=source.name)
            continue
        for rule in read_pack(source.text, source=source.name).rules:
            found += rule.policies(bundle.contracts.get(rule.preset.about))
    return Written(bundle, tuple(found))


def texts_of(form: Any) -> Iterator[str]:
    """The texts that a policy names, in conditions, patterns and scopes."""
    if isinstance(form, list):
        for one in cast("list[Any]", form):
            yield from texts_of(one)
    elif isinstance(form, dict):
        inner = cast("dict[str, Any]", form)
        for word in ("Value", "Literal", "id"):
            if isinstance(inner.get(word), str):
                yield inner[word]
        for name, one in inner.items():
            if name != "annotations":
                yield from texts_of(one)
