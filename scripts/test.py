"""Run every test in the order of their cost, list what was skipped and why, and end with one line of totals.

    scripts/test.py                     all stages
    scripts/test.py --only unit,tidy    the named ones
    scripts/test.py --list              their names

A stage runs on as many workers as there are cores, up to four; every server, folder and database is a
test's own. The SDK's quick tests run in an environment without the server: the proof that an agent's image
can stay light.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
LIGHT = ROOT / ".venv-light" / "bin" / "python"
UI = ROOT / "ui"
REPORTS = ROOT / "build" / "tests"
STAGE_LIMIT_S = 900
NOTHING_COLLECTED = 5
QUICK = ("unit", "property", "contract")


@dataclasses.dataclass(frozen=True, slots=True)
class Stage:
    """A group of tests that run in one go."""

    name: str
    command: tuple[str, ...]
    folder: Path = ROOT
    drives_browser: bool = False


@dataclasses.dataclass(slots=True)
class Tally:
    """What became of the tests of one stage."""

    passed: int = 0
    failed: int = 0
    failures: list[str] = dataclasses.field(default_factory=list)
    skipped: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    took_s: float = 0


def main() -> int:
    """Run the wanted stages and report."""
    wanted = parse_arguments()
    stages = list(all_stages())
    if wanted.list:
        print("\n".join(stage.name for stage in stages))
        return 0
    chosen = [stage for stage in stages if not wanted.only or stage.name in wanted.only]
    REPORTS.mkdir(parents=True, exist_ok=True)
    tallies = {stage.name: run(stage) for stage in chosen}
    show(tallies)
    return 1 if any(tally.failed for tally in tallies.values()) else 0


def parse_arguments() -> argparse.Namespace:
    """The two options."""
    parser = argparse.ArgumentParser(description="Run Holdfast's tests.")
    parser.add_argument(
        "--only", type=lambda text: set(text.split(",")), default=set(), help="stages, comma separated"
    )
    parser.add_argument("--list", action="store_true", help="print the names of the stages")
    return parser.parse_args()


def all_stages() -> Iterable[Stage]:
    """Every stage, cheap and telling ones first."""
    yield pytest_stage("tidy", "tests/tidy")
    yield pytest_stage("sdk", *(f"sdk/tests/{kind}" for kind in QUICK), python=LIGHT)
    yield pytest_stage("server", *(f"server/tests/{kind}" for kind in QUICK))
    yield pytest_stage("integration", "sdk/tests/integration", "server/tests/integration", "tests/compat")
    yield from console_stage("console", "test", "vitest")
    yield from console_stage("console-e2e", "e2e", "playwright")
    yield pytest_stage("browser", "tests/e2e")
    yield pytest_stage("failclosed", "tests/failclosed")
    yield pytest_stage("chaos", "tests/chaos")


def pytest_stage(name: str, *folders: str, python: Path = BIN / "python") -> Stage:
    """Pytest over the folders that exist, with the interpreter of an environment."""
    workers = str(min(os.cpu_count() or 1, 4))
    there = [folder for folder in folders if (ROOT / folder).exists()]
    report = REPORTS / f"{name}.xml"
    # Stolen rather than dealt out: neighbours stay together, and share what their module makes once.
    options = ("-n", workers, "--dist=worksteal", "--durations=3", f"--junitxml={report}")
    command = (str(python), "-m", "pytest", "-p", "no:cacheprovider", *options, *there)
    return Stage(name, command if there else ())


def console_stage(name: str, script: str, runner: str) -> Iterable[Stage]:
    """One of the console's own test scripts, when it has one."""
    package = UI / "package.json"
    if not package.exists() or script not in json.loads(package.read_text())["scripts"]:
        return
    report = REPORTS / f"{name}.xml"
    reporters = {
        "vitest": ("--reporter=default", "--reporter=junit", f"--outputFile.junit={report}"),
        "playwright": ("--reporter=line,junit",),
    }
    command = (str(BIN / "npm"), "run", "--silent", script, "--", *reporters[runner])
    yield Stage(name, command, UI, drives_browser=runner == "playwright")


def run(stage: Stage) -> Tally:
    """Run one stage and read its report; a stage that dies without one counts as a failure."""
    if not stage.command:
        return Tally()
    if stage.drives_browser and not (browser() or "HOLDFAST_CHROMIUM" in os.environ):
        return Tally(skipped=[(stage.name, "no Chromium on this machine: the whole stage")])
    print(f"\n── {stage.name} " + "─" * max(4, 76 - len(stage.name)), flush=True)
    report = REPORTS / f"{stage.name}.xml"
    report.unlink(missing_ok=True)
    started = time.monotonic()
    environment = {**os.environ, "PLAYWRIGHT_JUNIT_OUTPUT_FILE": str(report), **browser()}
    # Hundreds of processes are started: what one compiles is there for the others.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        code = subprocess.run(
            stage.command, cwd=stage.folder, env=environment, check=False, timeout=STAGE_LIMIT_S
        ).returncode
    except subprocess.TimeoutExpired:
        print(f"{stage.name}: stopped after {STAGE_LIMIT_S} s")
        code = 1
    tally = read_report(report)
    tally.took_s = time.monotonic() - started
    if code not in {0, NOTHING_COLLECTED} and not tally.failed:
        print(f"{stage.name}: ended with {code} and no failed test; counted as one failure")
        tally.failed = 1
        tally.failures.append(f"the whole stage, which ended with {code}")
    return tally


def browser() -> dict[str, str]:
    """The Chromium that bootstrap found, as HOLDFAST_CHROMIUM, unless the caller named one."""
    noted = ROOT / "build" / "browser"
    found = noted.read_text().strip() if noted.exists() else ""
    if "HOLDFAST_CHROMIUM" in os.environ or not found:
        return {}
    return {"HOLDFAST_CHROMIUM": found}


def read_report(report: Path) -> Tally:
    """Count the cases of a JUnit report."""
    tally = Tally()
    if not report.exists():
        return tally
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        skipped = case.find("skipped")
        name = f"{case.get('classname', '')}::{case.get('name', '')}"
        if case.find("failure") is not None or case.find("error") is not None:
            tally.failed += 1
            tally.failures.append(name)
        elif skipped is not None:
            tally.skipped.append((name, skipped.get("message") or "no reason given"))
        else:
            tally.passed += 1
    return tally


def show(tallies: dict[str, Tally]) -> None:
    """A line a stage, every failure by name, every skip with its reason, and the totals as the last line."""
    print("\n" + "─" * 80)
    for name, tally in tallies.items():
        counts = f"{tally.passed:6} passed {tally.failed:4} failed {len(tally.skipped):4} skipped"
        print(f"{name:14}{counts}  {tally.took_s:6.1f} s")
    skipped = [entry for tally in tallies.values() for entry in tally.skipped]
    if skipped:
        print(f"\nSKIPPED, {len(skipped)} in all:")
        for reason, count in collections.Counter(reason for _, reason in skipped).most_common():
            first = next(name for name, why in skipped if why == reason)
            print(f"  {count:4} times: {reason}   (first: {first})")
    for stage, tally in tallies.items():
        for name in tally.failures:
            print(f"FAILED {stage}: {name}")
    total = {key: sum(getattr(t, key) for t in tallies.values()) for key in ("passed", "failed", "took_s")}
    print(
        f"\n{total['passed']} passed, {total['failed']} failed, {len(skipped)} skipped "
        f"in {total['took_s']:.0f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
