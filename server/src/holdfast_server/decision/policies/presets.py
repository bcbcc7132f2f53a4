"""The presets and packs that policies can be made of, as they are shown."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from holdfast.decision.pack import CATEGORIES, catalog
from holdfast.decision.packs import PACK_NAMES, about_pack, find_pack
from holdfast_server.kit.wire import Wire


class PresetView(Wire):
    """One preset."""

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


class PackView(Wire):
    """One pack that comes with Holdfast."""

    name: str
    about: str
    text: str


class Presets(Wire):
    """Everything policies can be made of; it is the same until the next release."""

    items: list[PresetView]
    packs: list[PackView]
    categories: dict[str, str]
    """What each category is about."""


@cache
def list_presets() -> Presets:
    """Every preset, pack and category."""
    return Presets(
        items=[PresetView(**msgspec.structs.asdict(entry)) for entry in catalog()],
        packs=[PackView(name=name, about=about_pack(name), text=find_pack(name).text) for name in PACK_NAMES],
        categories=dict(CATEGORIES),
    )
