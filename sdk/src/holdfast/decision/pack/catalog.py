"""The presets as data, for forms and for those who choose: what each is about, takes and becomes."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

import msgspec

from holdfast.decision.pack.preset import Preset
from holdfast.decision.pack.presets import PRESETS


class Entry(msgspec.Struct, frozen=True):
    """One preset as others see it."""

    name: str
    category: str
    summary: str
    parameters: dict[str, Any]
    """JSON Schema of its settings."""
    reads: str
    """What it decides on."""
    example: str
    """A rule, as YAML text."""
    exceeds: str
    """What it does that rules of this kind elsewhere do not."""
    cedar: str
    """The Cedar that the example becomes."""


@cache
def catalog() -> tuple[Entry, ...]:
    """Every preset, by name."""
    return tuple(_entry(name, preset) for name, preset in sorted(PRESETS.items()))


def _entry(name: str, preset: type[Preset]) -> Entry:
    from holdfast.decision.pack.pack import read_pack  # YAML is imported when something is read

    example = f"rules:\n  - {name}: {preset.example}\n"
    pack = read_pack(example, source="example.yaml")
    return Entry(
        name=name,
        category=preset.category,
        summary=(inspect.getdoc(preset) or "").partition("\n\n")[0],
        parameters=_parameters(preset),
        reads=preset.reads,
        example=example,
        exceeds=preset.exceeds,
        cedar="\n".join(rule.cedar(None) for rule in pack.rules).strip(),
    )


def _parameters(preset: type[Preset]) -> dict[str, Any]:
    """The settings as one JSON Schema object; what it refers to stands under `$defs`."""
    schema = msgspec.json.schema(preset)
    others = dict(schema.get("$defs", {}))
    own: dict[str, Any] = others.pop(str(schema["$ref"]).rpartition("/")[2])
    return {**own, "$defs": others} if others else own
