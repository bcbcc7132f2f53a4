"""docs/reference/dialects.md: what each dialect's attributes mean, from the tables that are read by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scripts.reference.markdown import heading, table

from holdfast_server.action.otlp.dialects.dialect import Dialect
from holdfast_server.action.otlp.dialects.lookup import DIALECTS
from holdfast_server.action.otlp.dialects.operations import OTHER_WORDS, STEPS
from holdfast_server.action.otlp.dialects.providers import NO_PROVIDERS, PROVIDERS

ABOUT = """\
Spans come in many dialects and become one: these are the tables by which they are read. They are told apart
by their attributes, never by a schema URL, and one span may mix several.

Where two attributes fill the same field, the dialect that stands first on this page is believed, and within
it the attribute that stands first. Names that end in `.*` stand for everything below them. What no table
lists is kept verbatim with its span, and named by `GET /v1/attributes/not-understood`.
"""
CACHED = {
    "inside": "Cached tokens are counted inside the input tokens.",
    "beside": "Cached tokens stand beside the input tokens; they are added.",
}


def page() -> str:
    """The whole page: what a span can do, who is a provider, and each dialect."""
    return "\n".join(
        [
            heading("Dialects", ABOUT, "the dialects' tables"),
            "## What a span does\n",
            table(["Operation", "Kind of step", "Other words for it"], operations()),
            "An agent without a parent starts its run: there `delegate` becomes `start`. A tool's name makes",
            "a tool call of a span that says nothing else.\n",
            "## Providers\n",
            table(["Provider", "Also called"], providers()),
            f"Frameworks that write their own name there name no provider: {listed(sorted(NO_PROVIDERS))}.\n",
            *(section for dialect in DIALECTS for section in of_dialect(dialect)),
        ]
    )


def operations() -> Iterator[tuple[str, str, str]]:
    """Every operation and its kind of step."""
    for operation, kind in STEPS.items():
        others = [word for word, meant in OTHER_WORDS.items() if meant == operation]
        yield f"`{operation}`", f"`{kind}`", listed(others)


def providers() -> Iterator[tuple[str, str]]:
    """Providers with other names."""
    return ((f"`{name}`", listed(others)) for name, others in PROVIDERS.items() if others)


def of_dialect(dialect: Dialect) -> Iterator[str]:
    """What one dialect says."""
    yield f"## {dialect.title}\n\n{dialect.about}\n"
    rows = [(f"`{field}`", listed(names)) for field, names in dialect.fields.items()]
    yield table(["Field", "Attributes, the one that is believed first stands first"], rows)
    for attribute, words in dialect.operations.items():
        if attribute != "gen_ai.operation.name":
            meant = [(f"`{value}`", f"`{operation}`") for value, operation in words.items()]
            yield table([f"`{attribute}`", "Operation"], meant)
    if dialect.spans:
        yield table(
            ["Name of the span", "Operation"], [(f"`{n}`", f"`{o}`") for n, o in dialect.spans.items()]
        )
    if dialect.families:
        told = ", ".join(f"`{one.prefix}N.{one.inside}…` ({one.side})" for one in dialect.families)
        yield f"Messages as numbered attributes: {told}.\n"
    if dialect.events:
        names = [f"{listed(names)} ({field})" for field, names in dialect.events.items()]
        yield f"On events and log records: {', '.join(names)}.\n"
    yield tokens(dialect)
    if dialect.kept:
        yield f"Understood and kept as they are: {listed(dialect.kept)}.\n"


def tokens(dialect: Dialect) -> str:
    """How the dialect counts cached tokens."""
    if not dialect.fields.keys() & {"input_tokens", "usage"}:
        return ""
    other = CACHED["beside" if dialect.cached == "inside" else "inside"].removeprefix("Cached tokens ")
    for_whom = f" For {listed(dialect.beside_for)} they {other}" if dialect.beside_for else ""
    return f"{CACHED[dialect.cached]}{for_whom}\n"


def listed(names: Iterable[str]) -> str:
    """Names with commas between."""
    return ", ".join(f"`{name}`" for name in names)
