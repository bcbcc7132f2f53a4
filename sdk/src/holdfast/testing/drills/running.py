"""Running a drill: both halves, each in a process of its own, against a provider of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec

from holdfast.testing.drills.drill import Drill, Half, Result, Stage
from holdfast.testing.drills.measuring import measure, nothing
from holdfast.testing.drills.world import JOURNAL, World
from holdfast.testing.provider import ScriptedProvider

HALF_TIMEOUT_S: Final = 180.0
FOREIGN: Final = ("HOLDFAST_", "OPENAI_", "ANTHROPIC_", "LANGSMITH_", "LANGCHAIN_", "LOGFIRE_", "OTEL_")
"""Environment variables that would send a drill somewhere else."""


def run(drill: Drill) -> Result:
    """Run both halves of a drill side by side and judge the promise."""
    if lacking := [module for module in drill.needs if find_spec(module) is None]:
        return Result(drill, skipped=f"{', '.join(lacking)} missing: pip install 'holdfast[drills]'")
    with tempfile.TemporaryDirectory(prefix="holdfast-drill-") as folder, ThreadPoolExecutor(2) as pool:
        home = Path(folder)
        ungoverned = pool.submit(play_half, drill, home / "ungoverned", governed=False)
        governed = pool.submit(play_half, drill, home / "governed", governed=True)
        world = World(home / "governed" / JOURNAL)
        half = governed.result()
        return Result(drill, ungoverned.result(), half, broken=drill.broken(half, world))


def play_half(drill: Drill, folder: Path, *, governed: bool, server: str = "") -> Half:
    """Play one half and measure it."""
    folder.mkdir(parents=True, exist_ok=True)
    with ScriptedProvider(drill.scenario) as provider:
        stage = Stage(
            drill=drill.name,
            folder=str(folder),
            provider_url=provider.url,
            governed=governed,
            server=server,
        )
        problem = play(stage)
        if problem:
            return nothing(problem)
        return measure(drill, World(folder / JOURNAL), provider.stats, folder / "holdfast")


def play(stage: Stage) -> str:
    """Play a stage in a process of its own; what it says when it breaks down, else nothing."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "holdfast.testing.drills.worker"],
            input=msgspec.json.encode(stage),
            env=clean_environment(os.environ),
            capture_output=True,
            timeout=HALF_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no end after {HALF_TIMEOUT_S:.0f} s"
    return "" if done.returncode == 0 else done.stderr.decode(errors="replace")[-2000:]


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without other people's keys, endpoints and Holdfast settings."""
    return {name: value for name, value in environment.items() if not name.startswith(FOREIGN)}
