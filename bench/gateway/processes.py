"""Processes that are measured: started on a core of their own, and what they used read from /proc."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

START_S: Final = 120
_TICK: Final = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def spawn(
    command: Sequence[str], *, log: Path, core: int | None = None, environ: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a program, on one core when there is a choice."""
    if core is not None and shutil.which("taskset") and (os.cpu_count() or 1) > 1:
        command = ["taskset", "-c", str(core), *command]
    with log.open("ab") as out:
        return subprocess.Popen(
            command, env={**os.environ, **(environ or {})}, stdout=out, stderr=out, start_new_session=True
        )


def stop(process: subprocess.Popen[bytes] | None) -> None:
    """End it and whatever it started."""
    if process is None or process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def tree(pid: int) -> list[int]:
    """A process and its descendants."""
    found, waiting = list[int](), [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                waiting += map(int, task.read_text().split())
            except OSError:
                continue
    return found


def cpu_s(pids: Sequence[int]) -> float:
    """User and system time of these processes so far."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICK


def machine_s() -> float:
    """User and system time of everything on this machine so far."""
    user, nice, system, _, _, *interrupts = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:8]
    return sum(map(int, (user, nice, system, *interrupts))) / _TICK


def memory_mb(pids: Sequence[int], kind: str = "Pss") -> float:
    """Proportional memory of these processes: shared pages count once.

    Args:
        pids: whose.
        kind: `Pss_Anon` leaves out the pages of mapped files, which are the system's to keep or drop.
    """
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith(f"{kind}:"))
    return round(total / 1000, 1)


def peak_mb(pids: Sequence[int]) -> float:
    """The most memory that each of these processes ever had."""
    lines = (line for pid in pids for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1000


def wait_for(url: str, process: subprocess.Popen[bytes], *, log: Path, headers: Mapping[str, str]) -> float:
    """Seconds until this address answers.

    Raises:
        RuntimeError: it ended before, or takes too long.
    """
    begun = time.monotonic()
    while time.monotonic() - begun < START_S:
        if process.poll() is not None:
            raise RuntimeError(f"it ended at once: {log.read_text(errors='replace')[-600:]}")
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=dict(headers)), timeout=5):
                return round(time.monotonic() - begun, 2)
        except urllib.error.HTTPError:
            return round(time.monotonic() - begun, 2)
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"no answer within {START_S} s: {log.read_text(errors='replace')[-600:]}")
