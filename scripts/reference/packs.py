"""docs/reference/packs.md: the policy packs that come with Holdfast, each with its text and its tests."""

from __future__ import annotations

from scripts.reference.markdown import heading, table

from holdfast.decision.pack import PRESETS, read_pack
from holdfast.decision.packs import PACK_NAMES, about_pack, find_pack, find_tests

ABOUT = """\
A pack is a policy file for a common kind of work, made of [presets](policy-presets.md). Put one in force by
its name, `holdfast.init(policies="finance")`, or build on it in a file of your own: `extends: finance`. Its
rules then hold as well as yours, and what it forbids, limits or asks about you can only make stricter.

`holdfast policy packs` lists them; `holdfast policy packs finance` prints one.
"""


def page() -> str:
    """The overview."""
    rows = [(f"[`{name}`](pack-{name}.md)", about_pack(name), rules(name)) for name in PACK_NAMES]
    return "\n".join(
        [heading("Policy packs", ABOUT, "holdfast.decision.packs"), table(["Pack", "For", "Presets"], rows)]
    )


def pack_page(name: str) -> str:
    """One pack: its text, and the tests that say what it does."""
    parts = [
        heading(f"The {name} pack", about_pack(name), "holdfast.decision.packs"),
        f"```yaml\n{find_pack(name).text.strip()}\n```\n",
        "## What it does\n\nThese are its tests; they run with every change.\n",
        f"```yaml\n{find_tests(name).strip()}\n```\n",
        "All packs: [policy packs](packs.md). Every word: [policy presets](policy-presets.md).\n",
    ]
    return "\n".join(parts)


def rules(name: str) -> str:
    """The presets that a pack uses."""
    pack = read_pack(find_pack(name).text, source=name)
    words = {kind: word for word, kind in PRESETS.items()}
    return ", ".join(f"`{word}`" for word in sorted({words[type(rule.preset)] for rule in pack.rules}))
