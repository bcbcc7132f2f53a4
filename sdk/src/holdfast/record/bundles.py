"""Bundles as they judged, kept by their hash, so that a decision can be explained by the rules of its time.

A kept bundle proves itself: compiled again, it must have the hash under which it is kept.
"""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from typing import Final

import msgspec

from holdfast.action import Contract
from holdfast.decision import Bundle, Source, compile_bundle
from holdfast.errors import HoldfastError

FOLDER: Final = "bundles"
KEPT_MAX: Final = 256
"""Bundles in one data folder; the one that was made first is forgotten."""
BYTES_MAX: Final = 8 * 1024 * 1024

_hash = re.compile(r"[0-9a-f]{64}").fullmatch
_log = logging.getLogger("holdfast")


class KeptBundle(msgspec.Struct, frozen=True):
    """What a bundle is made of."""

    hash: str
    sources: tuple[Source, ...]
    contracts: tuple[Contract, ...]

    @classmethod
    def of(cls, bundle: Bundle) -> KeptBundle:
        """What this bundle is made of."""
        return cls(bundle.hash, bundle.sources, tuple(bundle.contracts.values()))

    def compile(self) -> Bundle | None:
        """The bundle; None when it cannot be compiled any more, or comes out as another one."""
        try:
            made = compile_bundle(self.sources, contracts=self.contracts)
        except HoldfastError:
            return None
        return made if made.hash == self.hash else None


class BundleFolder:
    """The bundles under which a process of this data folder decided."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER

    def keep(self, bundle: KeptBundle) -> None:
        """Write a bundle down unless it is there; what cannot be written is only logged."""
        path = self._folder / f"{bundle.hash}.json"
        try:
            if path.exists():
                return
            text = msgspec.json.encode(bundle)
            if len(text) > BYTES_MAX:
                raise OSError(f"it takes {len(text)} bytes, the limit is {BYTES_MAX}")  # noqa: TRY301  # one place logs
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(f".{os.getpid()}.new")
            fresh.write_bytes(text)
            fresh.replace(path)
            self._forget_some()
        except OSError as error:
            _log.warning("holdfast: the policies in force cannot be kept for explanations: %s", error)

    def find(self, name: str) -> Bundle | None:
        """The bundle of this hash; None when it is not kept, or is not what it says."""
        path = self._folder / f"{name}.json"
        if not _hash(name) or not path.is_file() or path.stat().st_size > BYTES_MAX:
            return None
        try:
            kept = msgspec.json.decode(path.read_bytes(), type=KeptBundle)
        except (OSError, msgspec.DecodeError):
            return None
        return kept.compile() if kept.hash == name else None

    def _forget_some(self) -> None:
        kept = sorted(self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        for path in kept[:-KEPT_MAX]:
            path.unlink(missing_ok=True)
