"""Settings: arguments over `HOLDFAST_SECTION__KEY` over `holdfast.toml` over the defaults.

A key that nobody knows is an error. The file is shared with the server: its other tables are passed over
here.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal, cast

import msgspec

from holdfast.errors import Misconfigured

FILE: Final = "holdfast.toml"
PREFIX: Final = "HOLDFAST_"
Mode = Literal["enforce", "shadow"]
Unattended = Literal["nothing", "reading", "reversible", "everything"]


class Access(msgspec.Struct, frozen=True):
    """How this process shows who it is to the server."""

    key: str = ""
    """Bearer key that the server asks for when it listens beyond this machine."""

    def __repr__(self) -> str:
        return "Access(key=…)" if self.key else "Access()"


class Guarding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the guard behaves."""

    approval_ttl_s: float = 86_400
    """How long a person has to answer before silence becomes refusal."""
    output_tokens: int = 4_096
    """Reserved for the answer of a model call that names no limit itself."""
    sessions_max: int = 4_096
    """Sessions remembered by one process; the longest untouched is forgotten first."""
    lease_s: float = 60
    """How long a server that went away has lent its authority; kills reach no one while it is away."""
    unattended: Unattended = "reversible"
    """What goes on after that under the last policies; everything else waits for the server."""
    waiting_max: int = 64
    """Actions that may wait for people at the same time; one more is refused."""
    witness_every: Annotated[int, msgspec.Meta(ge=0)] = 1_000
    """One in so many decisions is asked of stock Cedar too, in the background; 0 asks of none."""
    delegation_keys: tuple[str, ...] = ()
    """Public keys of other installations whose hand-offs are accepted: the line in their `delegation.pub`."""
    delegation_ttl_s: float = 300
    """How long a hand-off to another process may be accepted."""


class Redacting(msgspec.Struct, frozen=True):
    """What else is taken out of spans and records before they leave the process; secrets always are."""

    pii: bool = False
    """Personal data too, in what was said; a person who is asked to approve still sees the arguments."""


class Settings(msgspec.Struct, frozen=True):
    """All that an agent's process reads; built once by `holdfast.init()` and never changed."""

    server: str = ""
    """Address of `holdfast up`, e.g. `http://127.0.0.1:7420`; empty enforces from local files alone."""
    policies: Path | None = None
    """A policy file, folder or pack; several with commas. Else `./policies`, else the starter pack."""
    data: Path = Path(".holdfast")
    """Where the ledger, its keys and the last good bundle are kept."""
    mode: Mode = "enforce"
    """`shadow` decides and records, but acts on nothing except a person's kill."""
    project: str = "default"
    """The project that this process's agents belong to."""
    person: str = ""
    """On whose behalf agents run when a session does not say."""
    integrations: tuple[str, ...] | bool = True
    """Which doors to govern: all that are installed, none, or those named."""
    tags: dict[str, str] = {}
    """What every session is counted by: `team`, `release`, `environment` …; a session's own go before."""
    prices: Path | None = None
    """Own prices, in `[[price]]` tables, that stand before the shipped ones."""
    replay: Path | None = None
    """A recorded run to go through again, as `holdfast replay` writes it; nothing recorded really happens."""
    access: Access = Access()
    guard: Guarding = Guarding()
    redaction: Redacting = Redacting()


def load(
    arguments: Mapping[str, Any] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    file: Path = Path(FILE),
) -> Settings:
    """Read the settings; what is None among the arguments was not given.

    Raises:
        Misconfigured: a key that nobody knows, or a value of the wrong type.
    """
    merged: dict[str, Any] = {}
    for _, layer in layers(environ=environ, file=file):
        _merge(merged, layer)
    _merge(merged, {key: value for key, value in (arguments or {}).items() if value is not None})
    _refuse_typos(merged)
    try:
        return msgspec.convert(merged, Settings, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise Misconfigured(f"settings: {error}", hint="See docs/start.md for the keys.") from error


def layers(
    *, environ: Mapping[str, str] | None = None, file: Path = Path(FILE)
) -> tuple[tuple[str, dict[str, Any]], ...]:
    """What is set where, weakest first, for those who ask where a value came from.

    Raises:
        Misconfigured: the file cannot be read.
    """
    given = os.environ if environ is None else environ
    return (str(file), _from_file(file)), ("environment", _from_environment(given))


def _path(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError(f"{kind.__name__} cannot be read from {value!r}")


def _from_file(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Misconfigured(f"{file}: {error}") from error


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in environ.items():
        if not name.startswith(PREFIX):
            continue
        section, dot, key = name.removeprefix(PREFIX).lower().partition("__")
        if section not in Settings.__struct_fields__:
            continue  # the server's, or a script's own
        if dot:
            found.setdefault(section, {})[key] = value
        else:
            found[section] = _listed(value) if section == "integrations" else value
    return found


def _listed(value: str) -> bool | list[str]:
    if value.casefold() in {"true", "false", "1", "0"}:
        return value.casefold() in {"true", "1"}
    return [name.strip() for name in value.split(",") if name.strip()]


def _merge(into: dict[str, Any], layer: Mapping[str, Any]) -> None:
    for key, value in layer.items():
        below = into.get(key)
        if isinstance(below, dict) and isinstance(value, Mapping):
            into[key] = {**cast("dict[str, Any]", below), **cast("Mapping[str, Any]", value)}
        else:
            into[key] = str(value) if isinstance(value, Path) else value


def _refuse_typos(layers: Mapping[str, Any]) -> None:
    """A scalar at the top that nobody reads is a typo; a table may be the server's."""
    for key, value in layers.items():
        if key not in Settings.__struct_fields__ and not isinstance(value, Mapping):
            near = get_close_matches(key, Settings.__struct_fields__, n=1)
            hint = (
                f"Did you mean `{near[0]}`?" if near else f"Known: {', '.join(Settings.__struct_fields__)}."
            )
            raise Misconfigured(f"settings: nobody knows `{key}`.", hint=hint)
