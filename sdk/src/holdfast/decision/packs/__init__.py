"""The packs that come with Holdfast: policy files for common kinds of work, to be used or extended."""

from __future__ import annotations

import pkgutil
from functools import cache
from itertools import takewhile
from typing import Final

from holdfast.decision.source import Source

PACK_NAMES: Final = ("starter", "finance", "support", "coding", "data", "regulated")
"""The packs, the mildest first."""


@cache
def find_pack(name: str) -> Source:
    """A pack by its name.

    Raises:
        KeyError: there is none of this name.
    """
    if name not in PACK_NAMES:
        raise KeyError(name)
    return Source(f"{name}.yaml", _text(f"{name}.yaml"))


def about_pack(name: str) -> str:
    """What a pack says of itself at its top.

    Raises:
        KeyError: there is no such pack.
    """
    lines = find_pack(name).text.splitlines()
    told = takewhile(lambda line: line.startswith("#"), lines)
    return " ".join(line.removeprefix("#").strip() for line in told)


@cache
def find_tests(name: str) -> str:
    """The tests of a pack, as text.

    Raises:
        KeyError: there is no such pack.
    """
    if name not in PACK_NAMES:
        raise KeyError(name)
    return _text(f"{name}.test.yaml")


def _text(file: str) -> str:
    # Part of the package, like a module: read once, the same for every judgement.
    found = pkgutil.get_data(__name__, file)
    assert found is not None, "the package is whole"
    return found.decode()
