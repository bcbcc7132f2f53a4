"""The policies a command judges by, and the contracts and tests that stand beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from holdfast import settings
from holdfast.action import Contract
from holdfast.decision import Bundle, compile_bundle
from holdfast.decision.packs import PACK_NAMES, find_tests
from holdfast.decision.trial import Trials, is_trial_file, read_trials
from holdfast.errors import Misconfigured
from holdfast.guard.rules import LOCAL_FOLDER, local_sources

BYTES_MAX: Final = 16 * 1024 * 1024
TRIAL_FILES_MAX: Final = 1_000


def compile_policies(path: Path | None, *, contracts: Iterable[Contract] = ()) -> tuple[Bundle, str]:
    """The bundle, and where it came from: PATH, the settings, `./policies`, or the starter pack.

    Raises:
        PolicySyntaxError: a file cannot be used, at this file, line and column.
        Misconfigured: there are no policies at the path.
    """
    sources, origin = local_sources(path or settings.load().policies)
    return compile_bundle(sources, contracts=contracts), origin


def read_contracts(file: Path | None) -> tuple[Contract, ...]:
    """The contracts of a file: a list of them, what `/v1/tools` answers, or a mapping by tool; JSON or YAML.

    Raises:
        Misconfigured: the file cannot be read, or holds no contracts.
    """
    if file is None:
        return ()
    try:
        if file.stat().st_size > BYTES_MAX:
            raise Misconfigured(f"{file} is larger than {BYTES_MAX} bytes")
        said = msgspec.yaml.decode(file.read_bytes())
        return tuple(msgspec.convert(one, Contract) for one in _contracts(said))
    except (OSError, msgspec.MsgspecError, ValueError) as error:
        raise Misconfigured(
            f"{file}: {error}", hint="It must hold contracts; docs/concepts/contracts.md."
        ) from error


def find_trials(path: Path | None) -> tuple[list[Trials], Path | None]:
    """The tests at a path, of a pack or beside the policies, and where the policies beside them are.

    Raises:
        Misconfigured: there are none.
        PolicySyntaxError: a file of tests cannot be read, at file, line and column.
    """
    where = path or settings.load().policies or LOCAL_FOLDER
    if str(where) in PACK_NAMES and not where.exists():
        return [read_trials(find_tests(str(where)), path=f"{where}.test.yaml")], where
    if where.is_dir():
        files = sorted(one for one in where.rglob("*") if one.is_file() and is_trial_file(one.name))
    else:
        files = [where] if where.is_file() and is_trial_file(where.name) else []
    if not files:
        raise Misconfigured(f"there are no tests at {where}", hint="Their names end in .test.yaml.")
    if len(files) > TRIAL_FILES_MAX:
        raise Misconfigured(f"{len(files)} files of tests at {where}; the limit is {TRIAL_FILES_MAX}")
    beside = where if where.is_dir() else where.parent
    return [_read_trials(file) for file in files], beside


def _read_trials(file: Path) -> Trials:
    try:
        return read_trials(file.read_text(encoding="utf-8"), path=str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{file}: {error}") from error


def _contracts(said: Any) -> Iterable[Any]:
    """Each contract as it was written.

    Raises:
        ValueError: there are none.
    """
    if isinstance(said, Mapping):
        whole = cast("Mapping[str, Any]", said)
        said = whole.get("items", whole.get("tools", whole))
    entries: Any = _named(cast("Mapping[str, Any]", said)) if isinstance(said, Mapping) else said
    if not isinstance(entries, list) or not all(
        isinstance(one, Mapping) for one in cast("list[Any]", entries)
    ):
        raise ValueError("a list of contracts, or a mapping of them by tool, is expected")
    return [one.get("contract", one) for one in cast("list[Mapping[str, Any]]", entries)]


def _named(said: Mapping[str, Any]) -> list[Any]:
    return [{**one, "tool": tool} if isinstance(one, Mapping) else one for tool, one in said.items()]
