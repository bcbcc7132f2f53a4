"""Which code runs, and in what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

import msgspec

from holdfast.action import Contract
from holdfast.decision.pack.preset import Guarded, Some, Word, both, either, one_of, quote_all, unless_stated


class ShellCommands(Guarded, frozen=True, kw_only=True):
    """Shell lines of these commands only; without any, all but those that are barred."""

    category: ClassVar[str] = "code_execution"
    example: ClassVar[str] = "{commands: [ls, cat, grep, git], tools: [shell]}"
    reads: ClassVar[str] = "`context.derived.commands`"
    exceeds: ClassVar[str] = (
        "every part of a pipeline, also inside of quotes and wrappers; the unreadable is refused"
    )

    commands: tuple[Word, ...] = ()
    """Names without folders; `>` stands for writing to a file."""
    barred: tuple[Word, ...] = ()

    def __post_init__(self) -> None:
        if not self.commands and not self.barred:
            raise ValueError("name commands, or barred ones")

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        listed = quote_all(self.commands)
        allowed = f"!({listed}.containsAll(context.derived.commands))" if self.commands else ""
        outside = quote_all([*self.barred, "unknown"])
        barred = f"context.derived.commands.containsAny({outside})" if self.barred else ""
        told = f"Only {', '.join(self.commands)} may be run." if self.commands else "This may not be run."
        yield self.refuse(rule, either(allowed, barred), told)


class CodeLanguages(Guarded, frozen=True, kw_only=True):
    """Code in these languages only."""

    category: ClassVar[str] = "code_execution"
    example: ClassVar[str] = "{languages: [python], tools: [run_code]}"
    reads: ClassVar[str] = "`context.derived.languages`"
    exceeds: ClassVar[str] = (
        "also where only a first line or a fence says which; otherwise it is unknown and refused"
    )

    languages: Some

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        known = quote_all(one.lower() for one in self.languages)
        told = f"Only {', '.join(self.languages)} may be run."
        yield self.refuse(rule, f"!({known}.containsAll(context.derived.languages))", told)


class SandboxRequired(Guarded, frozen=True, kw_only=True):
    """Code runs only in one of these sandboxes."""

    category: ClassVar[str] = "code_execution"
    example: ClassVar[str] = "{sandboxes: [gvisor], effects: [execute]}"
    reads: ClassVar[str] = "the fact `sandbox`"
    exceeds: ClassVar[str] = "the sandbox is attested for each call, not assumed"

    sandboxes: Some

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        told = f"This runs in {' or '.join(self.sandboxes)} only."
        yield self.refuse(rule, unless_stated("sandbox", one_of(self.sandboxes)), told)


class InputSize(Guarded, frozen=True, kw_only=True):
    """No string longer than this in any argument."""

    category: ClassVar[str] = "input_validation"
    example: ClassVar[str] = "{characters: 20000}"
    reads: ClassVar[str] = "`context.derived.longest_text`"
    exceeds: ClassVar[str] = "beside the tool's own JSON Schema, which always holds and is never guessed at"

    characters: Annotated[int, msgspec.Meta(ge=1)]

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        when = both(f"context.derived.longest_text > {self.characters}")
        yield self.refuse(rule, when, f"No argument may be longer than {self.characters} characters.")
