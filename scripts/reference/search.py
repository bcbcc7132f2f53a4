"""docs/reference/search.md: everything a query may name, from the catalogue that reads queries."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.reference.markdown import heading, table

from holdfast_server.insight.search.fields import NOUNS, Field, Kind, Noun
from holdfast_server.insight.search.lexer import LENGTH_MAX
from holdfast_server.insight.search.parser import DEPTH_MAX, LISTED_MAX, TERMS_MAX, TEXT_MAX
from holdfast_server.insight.search.patience import SECONDS_MAX
from holdfast_server.insight.search.views import VIEWS_MAX

ABOUT = """\
What can be searched and every field a query may name; [Search](../guides/search.md) says how queries are
written. A *facet* is counted beside the list.
"""
KINDS = {
    Kind.NAME: ("`agent:refunds`, `agent:ref*`, `agent:(a,b)`", "letter by letter; `*` stands for anything"),
    Kind.TEXT: ('`title:order`, `title:"order 4711"`', "somewhere in it; A to Z are the same as a to z"),
    Kind.CHOICE: ("`state:failed`, `state:(failed,halted)`", "one of the words listed"),
    Kind.NUMBER: ("`tokens:>10k`, `steps:5..20`, `tokens:0`", "`k` and `m` are thousands and millions"),
    Kind.MONEY: ("`cost:>0.5`, `cost:0.1..1`", "US dollars; what is unknown is neither more nor less"),
    Kind.DURATION: ("`duration:>2s`, `duration:100ms..1h30m`", "always with its unit: us, ms, s, m, h, d, w"),
    Kind.TIME: ("`started:>-2h`, `started:2026-11-01`, `started:today`", "UTC; a date is the whole day"),
    Kind.FLAG: ("`governed:false`", "true or false"),
    Kind.ATTRIBUTE: ("`attr.http.status:>=500`, `attr.tier:gold`", "a name, or a number when it is compared"),
}
LIMITS = {
    "Characters of a query": LENGTH_MAX,
    "Terms": TERMS_MAX,
    "Parentheses and minus signs within one another": DEPTH_MAX,
    "Values of one list": LISTED_MAX,
    "Characters of one value": TEXT_MAX,
    "Seconds a search may take": SECONDS_MAX,
    "Saved views": VIEWS_MAX,
}


def page() -> str:
    """The whole page."""
    parts = [heading("What can be searched", ABOUT, "holdfast_server.insight.search.fields")]
    parts += ["## Kinds of fields\n\n" + table(["Kind", "For example", "Means"], kinds())]
    parts += [section(noun) for noun in NOUNS.values()]
    parts += ["## Limits\n\n" + table(["Limit", "At most"], ((k, f"{v:,}") for k, v in LIMITS.items()))]
    return "\n".join(parts)


def kinds() -> Iterator[tuple[str, str, str]]:
    """A row a kind."""
    for kind, (example, meaning) in KINDS.items():
        yield kind.value, example, meaning


def section(noun: Noun) -> str:
    """One noun with its fields."""
    free = ", ".join(f"`{key}`" for key in noun.texts)
    also = ", ".join(f"`{other}` for `{key}`" for other, key in noun.also.items())
    told = f"{noun.about}. Words without a field are looked for in {free}. Also understood: {also}.\n\n"
    return f"## {noun.name}\n\n{told}" + table(["Field", "Kind", "What it is"], map(row, rows(noun)))


def rows(noun: Noun) -> Iterator[Field]:
    """The fields of a noun, those of the sender's own last."""
    yield from noun.fields.values()
    if noun.name == "spans":
        for room, told in (
            ("attr", "An attribute of the span"),
            ("resource", "An attribute of its resource"),
        ):
            place = noun.fields["name"].place
            yield Field(f"{room}.…", Kind.ATTRIBUTE, place, f"{told}, by its own name")


def row(field: Field) -> tuple[str, str, str]:
    """A line about a field."""
    choices = f": {', '.join(f'`{choice}`' for choice in field.choices)}" if field.choices else ""
    facet = " (facet)" if field.facet else ""
    return f"`{field.key}`", field.kind.value, f"{field.about}{choices}{facet}"
