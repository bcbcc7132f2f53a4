"""The rules in force: where they come from, and how the tools' own contracts join them.

A server wins: what it serves now, or what it served last. Without one the given policies count, without those
`./policies`, and without those the starter pack. Rules that cannot be used never replace rules that could.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from holdfast.action import Contract
from holdfast.decision import STARTER, Bundle, Source, compile_bundle
from holdfast.decision.packs import PACK_NAMES, find_pack
from holdfast.errors import Misconfigured

LOCAL_FOLDER: Final = Path("policies")
FILES_MAX: Final = 1_000
FILE_BYTES_MAX: Final = 1024 * 1024
KINDS: Final[dict[str, Literal["yaml", "cedar"]]] = {".yaml": "yaml", ".yml": "yaml", ".cedar": "cedar"}

log = logging.getLogger("holdfast")


class Rules:
    """The bundle that judges now; replaced as a whole, so that reading it needs no lock."""

    def __init__(self, sources: Sequence[Source], *, origin: str) -> None:
        self._lock = threading.Lock()
        self._learned: dict[str, Contract] = {}
        self.demanding: frozenset[str] = frozenset()
        """Tools whose contract asks for more than judging and recording."""
        self.bundle: Bundle
        self._judge_by(compile_bundle(sources))
        self.origin = origin
        """Where they came from, for people."""
        self.error = ""
        """Why newer rules are not in force; empty when they are."""

    def learn(self, contract: Contract) -> Contract:
        """Add what a tool says of itself; return the contract that counts: a file's word is stronger."""
        known = self._learned.get(contract.tool)
        if known is contract or known == contract or (known and contract.inferred and not known.inferred):
            return self.bundle.contracts[contract.tool]
        with self._lock:
            self._judge_by(self.bundle.with_contracts(contract))
            self._learned[contract.tool] = contract
            return self.bundle.contracts[contract.tool]

    def replace(self, sources: Sequence[Source], *, origin: str) -> bool:
        """Put other rules in force; rules that cannot be compiled change nothing but `error`."""
        try:
            base = compile_bundle(sources)
            with self._lock:
                learned = self._learned.values()
                self._judge_by(base.with_contracts(*learned) if learned else base)
        except Misconfigured as error:
            self.error = str(error)
            log.error("holdfast: the new rules from %s are not in force: %s", origin, error)  # noqa: TRY400
            return False
        self.origin, self.error = origin, ""
        return True

    def _judge_by(self, bundle: Bundle) -> None:
        self.demanding = frozenset(name for name, one in bundle.contracts.items() if one.has_duties)
        self.bundle = bundle

    def learned(self) -> tuple[Contract, ...]:
        """The contracts that came from code, as the code wrote them."""
        return tuple(self._learned.values())


def read_sources(path: Path) -> tuple[Source, ...]:
    """Read a policy file, every policy file below a folder by its name, or a pack.

    Several of them stand with commas between: `finance,./policies`.

    Raises:
        Misconfigured: there is no such file or folder, no policy in it, or a file cannot be read.
    """
    if not path.exists():
        words = str(path).split(",")
        if len(words) > 1:
            return tuple(source for word in words for source in read_sources(Path(word.strip())))
        if words[0] in PACK_NAMES:
            return (find_pack(words[0]),)
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.suffix in KINDS and p.is_file() and not _is_test(p))
    else:
        files = [path] if path.is_file() and path.suffix in KINDS else []
    if not files:
        known = f"Files end in {', '.join(KINDS)}; packs are {', '.join(PACK_NAMES)}."
        raise Misconfigured(f"no policies at {path}", hint=known)
    if len(files) > FILES_MAX:
        raise Misconfigured(f"{len(files)} policy files at {path}; the limit is {FILES_MAX}")
    return tuple(_read(file) for file in files)


def local_sources(policies: Path | None) -> tuple[tuple[Source, ...], str]:
    """The rules of this machine and where they came from."""
    if policies is not None:
        return read_sources(policies), str(policies)
    if LOCAL_FOLDER.is_dir():
        return read_sources(LOCAL_FOLDER), str(LOCAL_FOLDER)
    return (STARTER,), "starter pack"


def _is_test(path: Path) -> bool:
    return path.stem.endswith((".test", "_test"))


def _read(file: Path) -> Source:
    try:
        if file.stat().st_size > FILE_BYTES_MAX:
            raise Misconfigured(f"{file} is larger than {FILE_BYTES_MAX} bytes")
        return Source(str(file), file.read_text(encoding="utf-8"), KINDS[file.suffix])
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{file}: {error}") from error
