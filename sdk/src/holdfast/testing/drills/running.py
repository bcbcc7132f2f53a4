"""Running a drill: both halves, each in a process of its own, against a provider of its own."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Final

import msgspec
from rich.console import Console

from holdfast.testing.drills.answering import Answering
from holdfast.testing.drills.drill import Answer, Drill, Half, Result, Stage
from holdfast.testing.drills.measuring import measure, nothing
from holdfast.testing.drills.serving import OwnServer, can_serve
from holdfast.testing.drills.surroundings import clean_environment
from holdfast.testing.drills.world import JOURNAL, World
from holdfast.testing.provider import ScriptedProvider

HALF_TIMEOUT_S: Final = 180.0
DAY_S: Final = 86_400.0
LAST_WORDS_MAX: Final = 500
SLA_S: Final = 3.0
"""How long silence lasts before it is refusal, where nobody is meant to answer."""


@dataclass(frozen=True)
class Conditions:
    """Under what conditions drills are run."""

    server: str = ""
    """Where records go and people are asked; empty lets a drill that needs one start its own."""
    answer: Answer = "approve"
    on_waiting: Callable[[Drill, str], None] = lambda _drill, _url: None
    """Told the page of an approval that a person must answer."""


def run(drill: Drill, conditions: Conditions) -> Result:
    """Run both halves of a drill side by side and judge the promise."""
    if lacking := _lacking(drill):
        return Result(drill, skipped=f"{', '.join(lacking)} missing: pip install 'holdfast[drills]'")
    if drill.asks_a_person and not conditions.server and not can_serve():
        return Result(drill, skipped="nobody to ask: pip install holdfast-server, or give --server URL")
    with tempfile.TemporaryDirectory(prefix="holdfast-drill-") as folder, ThreadPoolExecutor(2) as pool:
        home = Path(folder)
        ungoverned = pool.submit(play_ungoverned, drill, home / "ungoverned")
        governed = pool.submit(play_governed, drill, home / "governed", conditions)
        before, after = ungoverned.result(), governed.result()
        return Result(
            drill,
            before,
            after,
            broken=before.problem or judge(drill, after, World(home / "governed" / JOURNAL)),
            notes=tuple(filter(None, [drill.extrapolated(before)])),
        )


def judge(drill: Drill, governed: Half, world: World) -> str:
    """Why the promise of a drill does not hold; empty when it does."""
    if governed.problem:
        return governed.problem
    if governed.stopped_by is None:
        return "nothing stopped it"
    return drill.broken(governed, world) or ("" if governed.ledger_ok else "its ledger does not verify")


def run_all(drills: Iterable[Drill], conditions: Conditions, console: Console) -> list[Result]:
    """Run drills one after the other, saying which."""
    results: list[Result] = []
    for drill in drills:
        with console.status(f"[bold]{drill.name}[/] · {drill.framework} · without and with Holdfast"):
            results.append(run(drill, conditions))
    return results


def play_ungoverned(drill: Drill, folder: Path) -> Half:
    """Play the half that has no Holdfast in it."""
    return _play_half(drill, folder, Stage(drill=drill.name, folder=str(folder)))


def play_governed(drill: Drill, folder: Path, conditions: Conditions) -> Half:
    """Play the half under Holdfast, with a person at the server when the drill asks one."""
    stage = Stage(
        drill=drill.name,
        folder=str(folder),
        governed=True,
        server=conditions.server,
        session=f"drill-{drill.name}-{secrets.token_hex(4)}",
        sla_s=SLA_S if not drill.asks_a_person else DAY_S,
    )
    if not drill.asks_a_person:
        return _play_half(drill, folder, stage)
    with ExitStack() as stack:
        own = None if stage.server else stack.enter_context(OwnServer(folder / "server"))
        if own:
            stage = msgspec.structs.replace(stage, server=own.url)
        person = stack.enter_context(Answering(drill, stage, conditions.answer, own, conditions.on_waiting))
        return _play_half(drill, folder, stage, person)


def _play_half(drill: Drill, folder: Path, stage: Stage, person: Answering | None = None) -> Half:
    folder.mkdir(parents=True, exist_ok=True)
    world = World(folder / JOURNAL)
    with ScriptedProvider(drill.scenario) as provider:
        stage = msgspec.structs.replace(stage, provider_url=provider.url)
        problem = _play(stage, person.patience_s if person else HALF_TIMEOUT_S)
        problem = problem or (person.conclude(world) if person else "")
        return nothing(problem) if problem else measure(drill, world, provider.stats, folder / "holdfast")


def _play(stage: Stage, timeout_s: float | None) -> str:
    """Play a stage in a process of its own; what it says when it breaks down, else nothing."""
    words = Path(stage.folder, "words.log")
    with words.open("wb") as log, _start_worker(log, stage) as worker:
        # Its standard input stays open: when it closes, this process is gone and the worker ends itself.
        worker.stdin.write(msgspec.json.encode(stage) + b"\n")  # pyright: ignore[reportOptionalMemberAccess]  # PIPE
        worker.stdin.flush()  # pyright: ignore[reportOptionalMemberAccess]  # PIPE
        try:
            worker.wait(timeout_s)
        except subprocess.TimeoutExpired:
            worker.kill()
            return f"no end after {timeout_s:.0f} s"
    return "" if worker.returncode == 0 else _last_words(words)


def _last_words(log: Path) -> str:
    """The line in which a process said why it ended."""
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1][:LAST_WORDS_MAX] if lines else "it ended without a word"


def _start_worker(log: IO[bytes], stage: Stage) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "holdfast.testing.drills.worker"],
        cwd=stage.folder,
        env={**clean_environment(os.environ), "HOLDFAST_GUARD__APPROVAL_TTL_S": str(stage.sla_s)},
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _lacking(drill: Drill) -> list[str]:
    return [module for module in drill.needs if not _importable(module)]


def _importable(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
