"""What `holdfast doctor` looks at, one small check after the other; nothing here changes anything."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from holdfast import settings
from holdfast.cli.check import Check
from holdfast.cli.coverage import sentence
from holdfast.cli.doors import doors
from holdfast.cli.plugins import load_plugins
from holdfast.cli.policies import compile_policies
from holdfast.cli.server import Server
from holdfast.decision import Bundle
from holdfast.decision.starter import STARTER
from holdfast.errors import HoldfastError, Misconfigured
from holdfast.settings import Settings

Examine = Callable[[Settings], Iterator[Check]]
ENGINES: Final = ("cedarpy", "jsonschema-rs", "msgspec", "cryptography", "httpx", "opentelemetry-api")
SECRET: Final = frozenset({"access.key"})
COVERAGE_SHOWN: Final = 5
VERIFY_BYTES_MAX: Final = 32 * 1024 * 1024
"""How much of the ledgers is verified: what takes a second, newest first."""


def examine() -> Iterator[Check]:
    """Every check in the order in which a reader asks."""
    yield from _versions()
    try:
        known = settings.load()
    except Misconfigured as error:
        yield Check("settings", "fail", error.message, error.hint)
        return
    for look in EXAMINATIONS:
        try:
            yield from look(known)
        except Exception as error:  # noqa: BLE001  # one broken check must not hide the others
            yield Check(
                look.__name__.strip("_"), "fail", f"could not be looked at: {type(error).__name__}: {error}"
            )


def _versions() -> Iterator[Check]:
    python = platform.python_version()
    yield Check("python", "ok", f"{python} at {sys.executable}")
    yield Check("holdfast", "ok", version("holdfast"), details=(", ".join(_engines()),))


def _engines() -> tuple[str, ...]:
    return tuple(f"{name} {version(name)}" for name in ENGINES)


def _settings(known: Settings) -> Iterator[Check]:
    origins = _origins()
    details = tuple(
        f"{key} = {_shown(key, value)}  ({origins.get(key, 'default')})" for key, value in _flat(known)
    )
    yield Check("settings", "ok", f"{len(origins)} set, the others are defaults", details=details)
    if known.mode == "shadow":
        hint = 'Set mode = "enforce" when you trust the rules.'
        yield Check("mode", "warn", "shadow: decided and recorded, but nothing is refused", hint)


def _origins() -> dict[str, str]:
    return {key: name for name, layer in settings.layers() for key, _ in _flat(layer)}


def _flat(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    plain = msgspec.to_builtins(value, enc_hook=str) if isinstance(value, msgspec.Struct) else value
    for key, inner in cast("dict[str, Any]", plain).items():
        if isinstance(inner, dict):
            yield from _flat(inner, f"{prefix}{key}.")
        else:
            yield prefix + key, inner


def _shown(key: str, value: Any) -> str:
    return "…" if key in SECRET and value else repr(value)


def _policies(known: Settings) -> Iterator[Check]:
    try:
        bundle, origin = compile_policies(None)
    except Misconfigured as error:
        yield Check(
            "policies", "fail", error.message, error.hint or "Until this is mended the last good rules judge."
        )
        return
    told = f"{origin}, {len(bundle.sources)} file(s), bundle {bundle.hash[:12]}"
    yield Check("policies", "warn" if bundle.warnings else "ok", told, details=bundle.warnings)
    if known.server and bundle.sources != (STARTER,):
        yield from _overruled(known, bundle, origin)


def _overruled(known: Settings, bundle: Bundle, origin: str) -> Iterator[Check]:
    """Whether the server judges by other rules than those written here: its rules are the ones in force."""
    try:
        served = Server(known.server, key=known.access.key).get("/v1/bundle")
    except HoldfastError:
        return
    if {one["text"] for one in served["sources"]} != {one.text for one in bundle.sources}:
        told = f"{origin} is not in force: {known.server} judges by other policies"
        hint = f"`holdfast up --policies {origin}` puts them in force, or save them on the Policies page."
        yield Check("policies in force", "warn", told, hint)


def _data(known: Settings) -> Iterator[Check]:
    folder = known.data.absolute()
    if folder.exists() and not folder.is_dir():
        yield Check("data folder", "fail", f"{folder} is not a folder", "Set `data` to a folder.")
        return
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        yield Check(
            "data folder", "fail", f"{there} cannot be written", "Agents cannot start without their ledger."
        )
    elif there == folder:
        yield Check("data folder", "ok", f"{folder} can be written")
    else:
        yield Check("data folder", "note", f"{folder} is not there yet; the first agent makes it")


def _ledger(known: Settings) -> Iterator[Check]:
    from holdfast.record.ledger import verify_ledger

    below = known.data / "ledger"
    folders = (
        sorted(filter(Path.is_dir, below.iterdir()), key=_changed, reverse=True) if below.is_dir() else []
    )
    if not folders:
        yield Check("ledger", "note", "nothing is recorded here yet")
        return
    left, checked, records = VERIFY_BYTES_MAX, 0, 0
    for folder in folders:
        left -= _size(folder)
        if left < 0 and checked:
            break
        report = verify_ledger(folder)
        if not report.ok:
            hint = "Keep the folder as it is: it is evidence. `holdfast verify` says more."
            yield Check("ledger", "fail", f"{folder}: {report.error}", hint)
            return
        checked, records = checked + 1, records + report.size
    rest = len(folders) - checked
    hint = f"{rest} older log(s) were not looked at: holdfast verify {known.data}" if rest else ""
    yield Check("ledger", "ok", f"{records:,} records in {checked} log(s) hold", hint)


def _changed(folder: Path) -> float:
    return folder.stat().st_mtime


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _witness(known: Settings) -> Iterator[Check]:
    from holdfast.guard.witness import read_tallies

    every, tally = known.guard.witness_every, read_tallies(known.data)
    if tally.disagreed:
        hint = "The compiled policies must equal stock Cedar: report it; the ledger holds the alarm."
        told = f"{tally.disagreed} of {tally.checked:,} decisions came out differently in stock Cedar"
        yield Check("second opinion", "fail", told, hint, details=(tally.last,))
    elif not every:
        hint = "guard.witness_every = 1000 asks stock Cedar about one decision in a thousand."
        yield Check("second opinion", "note", "off: no decision is asked of stock Cedar", hint)
    else:
        told = f"{tally.checked:,} decisions came out the same in stock Cedar; one in {every:,} is asked"
        yield Check("second opinion", "ok", told)


def _server(known: Settings) -> Iterator[Check]:
    if not known.server:
        told = "none is set: rules and ledger are local files, and nobody can be asked"
        yield Check("server", "note", told, "`holdfast up` starts one; then set `server` in holdfast.toml.")
        return
    try:
        health = Server(known.server, key=known.access.key).get("/v1/health")
    except HoldfastError as error:
        yield Check("server", "fail", error.message, error.hint)
        return
    told = f"{known.server} answers, version {health.get('version', 'unknown')}"
    problem = str(health.get("problem") or "")
    yield Check("server", "warn" if problem else "ok", told, details=(problem,) if problem else ())


def _coverage(known: Settings) -> Iterator[Check]:
    """What passes no guard, as far as the server has seen."""
    if not known.server:
        return
    try:
        told = Server(known.server, key=known.access.key).get("/v1/coverage")
    except HoldfastError as error:
        yield Check("coverage", "note", f"not known: {error.message}")
        return
    gaps: list[dict[str, Any]] = told["gaps"]
    details = tuple(f"{gap['kind']} {gap['name']}: {gap['why']}" for gap in gaps[:COVERAGE_SHOWN])
    hint = "`holdfast coverage` lists every gap and its next step." if gaps else ""
    yield Check("coverage", "warn" if gaps else "ok", sentence(told), hint, details)


def _plugins(known: Settings) -> Iterator[Check]:
    del known
    for told in load_plugins().broken:
        yield Check("commands", "fail", f"cannot be loaded: {told}", "Install that package again.")


EXAMINATIONS: Final[tuple[Examine, ...]] = (
    _settings,
    _policies,
    _data,
    _ledger,
    _witness,
    _server,
    _coverage,
    _plugins,
    doors,
)
"""Each tells what it found; the order is the reader's."""
