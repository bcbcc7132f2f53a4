"""What is governed on this machine and what is not, found out by opening every door once."""

from __future__ import annotations

import importlib
import logging
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from holdfast import integrations
from holdfast.cli.check import Check
from holdfast.errors import Misconfigured
from holdfast.guard.doors import Installed
from holdfast.settings import Settings

FRAMEWORKS: Final = (
    "autogen-agentchat",
    "claude-agent-sdk",
    "crewai",
    "google-adk",
    "haystack-ai",
    "llama-index-core",
    "semantic-kernel",
    "smolagents",
    "strands-agents",
)
"""Where agents call tools and no door stands yet; one that gets a door is left out by itself."""
OWN_WIRES: Final = {
    "boto3": "Amazon Bedrock",
    "google-cloud-aiplatform": "Vertex AI over gRPC",
    "google-genai": "Gemini",
    "litellm": "models reached over aiohttp",
    "ollama": "Ollama",
}
"""Clients whose model calls the doors do not read."""
WRAP_THEM: Final = "Declare their tools with @holdfast.tool; that governs them in any framework."


def doors(known: Settings) -> Iterator[Check]:
    """One check for each door that is installed, and one for each gap."""
    try:
        with _opened(known.integrations) as opened:
            for one in opened:
                if one.version:
                    yield _door(_imported(one))
    except Misconfigured as error:
        yield Check("integrations", "fail", error.message, error.hint)
        return
    absent = [one.door.name for one in integrations.doors() if not one.version]
    if absent:
        yield Check("not installed", "note", ", ".join(absent))
    yield from _gaps({name for one in integrations.doors() for name in (one.door.package, one.door.name)})


@contextmanager
def _opened(which: tuple[str, ...] | bool) -> Generator[tuple[Installed, ...]]:
    """Every door, open as in an agent; afterwards all is as it was."""
    log = logging.getLogger("holdfast")
    quiet = logging.NullHandler()
    # A door that fails says so in its check; the log would say it again, with a traceback.
    log.addHandler(quiet)
    propagates, log.propagate = log.propagate, False
    try:
        integrations.install(which)
        yield integrations.doors()
    finally:
        integrations.uninstall()
        log.propagate = propagates
        log.removeHandler(quiet)


def _imported(one: Installed) -> Installed:
    """The door, once the user's framework has been imported through it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for module in one.door.points if one.wanted else ():
            try:
                importlib.import_module(module)
            except Exception as error:  # noqa: BLE001  # a framework that cannot be imported governs nothing
                one.error = one.error or f"{module} cannot be imported: {type(error).__name__}: {error}"
    return one


def _door(one: Installed) -> Check:
    about, known = one.door.name, f"{one.door.package} {one.version}"
    match one.status:
        case "off":
            return Check(about, "note", f"{known}: off", "The setting `integrations` leaves it out.")
        case "failed":
            return Check(about, "fail", f"{known}: NOT governed: {one.error}")
        case "on" if one.tested:
            return Check(about, "ok", f"{known}: governed", details=(one.door.covers,))
        case "on":
            tested = ", ".join(one.door.tested)
            told = f"{known}: governed, but untested: the tests ran with {tested}"
            return Check(about, "warn", told, details=(one.door.covers,))
        case _:
            return Check(about, "warn", f"{known}: not governed yet; nothing of it could be imported")


def _gaps(governed: set[str]) -> Iterator[Check]:
    for name in FRAMEWORKS:
        if name not in governed and (found := _installed(name)):
            yield Check(name, "warn", f"{name} {found}: there is no door for it", WRAP_THEM)
    for name, wire in OWN_WIRES.items():
        if name not in governed and (found := _installed(name)):
            told = f"{name} {found}: calls to {wire} pass no door"
            yield Check(name, "warn", told, "They are neither refused nor counted.")


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
