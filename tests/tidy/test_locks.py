"""The locks are complete, hashed, free of hosts, and every dependency has its reason written down."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from tests.tidy.checkout import ROOT

OURS = {"holdfast", "holdfast-server"}
LOCKS = ("requirements.lock", "requirements-bench.lock")
PINNED = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^ ;\\]+)")


def declared() -> list[Requirement]:
    """Every requirement of the three pyproject files, extras and groups included."""
    found: list[str] = []
    for folder in (".", "sdk", "server"):
        document = tomllib.loads((ROOT / folder / "pyproject.toml").read_text())
        found += document["project"]["dependencies"]
        for listed in document["project"].get("optional-dependencies", {}).values():
            found += listed
        for listed in document.get("dependency-groups", {}).values():
            found += listed
    requirements = [Requirement(text) for text in found]
    return [entry for entry in requirements if canonicalize_name(entry.name) not in OURS]


def pins(lock: str) -> dict[str, set[Version]]:
    """The locked versions of each package (platforms may differ)."""
    found: dict[str, set[Version]] = {}
    for line in (ROOT / lock).read_text().splitlines():
        if match := PINNED.match(line):
            found.setdefault(canonicalize_name(match["name"]), set()).add(Version(match["version"]))
    return found


@pytest.mark.parametrize("requirement", declared(), ids=str)
def test_a_declared_dependency_is_locked_at_a_version_it_allows(requirement: Requirement) -> None:
    locked = pins(LOCKS[0]) | pins(LOCKS[1])
    versions = locked.get(canonicalize_name(requirement.name), set())
    assert versions, f"{requirement} is not locked; run `make lock`"
    assert all(requirement.specifier.contains(version, prereleases=True) for version in versions)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_is_hashed_and_no_address_is_named(lock: str) -> None:
    text = (ROOT / lock).read_text()
    entries = [entry for entry in re.split(r"\n(?=\S)", text) if not entry.startswith("#")]
    assert [entry.split()[0] for entry in entries if entry.strip() and "--hash=sha256:" not in entry] == []
    assert "://" not in text


def test_the_console_is_locked_without_addresses() -> None:
    assert '"resolved": "http' not in (ROOT / "ui" / "package-lock.json").read_text()


@pytest.mark.parametrize("requirement", declared(), ids=str)
def test_a_dependency_has_its_reason_in_the_first_decision(requirement: Requirement) -> None:
    assert f"`{requirement.name}`" in (ROOT / "docs/adr/0001-the-house.md").read_text()


def test_the_sdk_stays_light() -> None:
    document = tomllib.loads((ROOT / "sdk/pyproject.toml").read_text())
    assert len(document["project"]["dependencies"]) <= 10
