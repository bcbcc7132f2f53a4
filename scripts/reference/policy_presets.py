"""docs/reference/policy-presets.md: the categories, the presets, the other sections of a policy file."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping, Set
from enum import StrEnum
from typing import Any

import msgspec
from scripts.reference.markdown import heading, summary, table
from scripts.reference.settings import docstrings

from holdfast.decision import Source, cedar_text
from holdfast.decision.agents import Agent
from holdfast.decision.limits import Budget, Detectors, Flow
from holdfast.decision.pack import CATEGORIES, PRESETS
from holdfast.decision.pack.preset import Preset

ABOUT = """\
A preset is a rule that a person can write without knowing Cedar. It stands in the `rules` of a YAML policy
file and becomes Cedar when the file is loaded; a mistake is an error at file, line and column. Rules written
in Cedar itself may stand in `.cedar` files beside it.

Every preset also takes a `name`, which names the rule in decisions (else the preset's own word does), and
a `message`, which a refused model may read (otherwise the preset's own sentence).
"""
COMMON = {field.name for field in msgspec.structs.fields(Preset)}
SECTIONS: Mapping[str, tuple[type[msgspec.Struct], str]] = {
    "agents": (
        Agent,
        'A mapping from an agent\'s name to its scope; `"*"` speaks for every agent not named.',
    ),
    "budgets": (Budget, "A list; an action that does not fit is refused before it runs, and holds nothing."),
    "detectors": (
        Detectors,
        "Each has a `limit` and a `verdict` (`ask`, `deny` or `halt`); `null` turns it off.",
    ),
    "flow": (Flow, "How labels and endorsements are judged."),
}


def page() -> str:
    """The whole page."""
    parts = [heading("Policy presets", ABOUT, "holdfast.decision.pack")]
    parts += ["## Categories\n\n" + table(["Category", "About", "Presets", "Goes further"], categories())]
    parts += ["## rules\n\n" + table(["Preset", "What it does", "Decides on"], outline())]
    parts += [preset_section(word, preset) for word, preset in sorted(PRESETS.items())]
    parts += [f"## {word}\n\n{told}\n\n{fields(struct)}" for word, (struct, told) in SECTIONS.items()]
    return "\n".join(parts)


def categories() -> Iterator[tuple[str, str, str, str]]:
    """A row a category: its presets, and what each does that rules of this kind elsewhere do not."""
    for category, told in CATEGORIES.items():
        found = {word: one for word, one in sorted(PRESETS.items()) if one.category == category}
        links = ", ".join(f"[`{word}`](#{word})" for word in found)
        yield category.replace("_", " "), told, links, "; ".join(one.exceeds for one in found.values())


def outline() -> Iterator[tuple[str, str, str]]:
    """A row a preset, linked to its section."""
    for word, preset in sorted(PRESETS.items()):
        yield f"[`{word}`](#{word})", summary(preset), preset.reads


def preset_section(word: str, preset: type[Preset]) -> str:
    """One preset: what it does, what it takes, an example and the Cedar that the example becomes."""
    source = Source("shop.yaml", f"rules:\n  - {word}: {preset.example}\n")
    cedar = cedar_text(source).strip()
    parts = [
        f"### {word}",
        summary(preset),
        f"{preset.category.replace('_', ' ').capitalize()}. Decides on {preset.reads}.",
        fields(preset, without=COMMON).strip(),
        f"```yaml\n{source.text.strip()}\n```",
        f"```cedar\n{cedar}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def fields(struct: type[msgspec.Struct], *, without: Set[str] = frozenset()) -> str:
    """The keys of a section or preset, with their types, defaults and meanings."""
    told: dict[str, str] = {}
    for owner in reversed(struct.__mro__):
        if isinstance(owner, type) and issubclass(owner, msgspec.Struct) and owner is not msgspec.Struct:
            told |= docstrings(owner)
    hints = typing.get_type_hints(struct)
    rows = [
        (f"`{field.encode_name}`", type_name(hints[field.name]), default(field), told.get(field.name, ""))
        for field in msgspec.structs.fields(struct)
        if field.name not in without
    ]
    return table(["Key", "Type", "Default", "Meaning"], rows)


def type_name(hint: Any) -> str:
    """A type in words a person who writes YAML knows."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return " or ".join(f"`{word}`" for word in arguments)
    if origin is tuple:
        return f"list of {type_name(arguments[0])}"
    if origin is typing.Annotated:
        return type_name(arguments[0])
    if arguments:
        return " or ".join(dict.fromkeys(type_name(argument) for argument in arguments))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return " or ".join(f"`{word}`" for word in hint)
    known = {str: "text", int: "number", float: "number", bool: "true or false", type(None): "null"}
    return known.get(hint, getattr(hint, "__name__", str(hint)).lower())


def default(field: msgspec.structs.FieldInfo) -> str:
    """The default as YAML would have it."""
    value = field.default_factory() if callable(field.default_factory) else field.default
    if value is msgspec.NODEFAULT:
        return "required"
    return (
        f"`{msgspec.yaml.encode(value).decode().removesuffix('...').strip()}`"
        if plain(value)
        else shown(value)
    )


def plain(value: object) -> bool:
    """Whether a value fits on one line of YAML."""
    return value is None or isinstance(value, (str, int, float, bool))


def shown(value: object) -> str:
    """A structured default, on one line."""
    return f"`{msgspec.json.encode(value).decode()}`"
