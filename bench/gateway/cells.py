"""What is measured of each gateway, one cell at a time."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bench.gateway.processes import cpu_s, machine_s
from bench.gateway.targets import CALLS, Target, ask

WARM_PART: Final = 0.2
HOLD_S: Final = 5.0
STORED_S: Final = 300.0
QUIET_S: Final = 1.0
IDLE_SHARE: Final = 0.1
"""Of a core, what all processes of a gateway use together when nothing is left to do."""


def wrk(
    target: Target,
    *,
    connections: int,
    seconds: float,
    folder: Path,
    core: int | None,
    upstreams: Sequence[int] = (),
) -> dict[str, Any]:
    """Throughput, delays and CPU of whole answers, and who had how much of a core meanwhile.

    Raises:
        RuntimeError: wrk is not installed.
    """
    program = shutil.which("wrk")
    if program is None:
        raise RuntimeError("wrk is not installed: apt-get install wrk")
    out = folder / "wrk.json"
    out.unlink(missing_ok=True)
    environ = {"BODY_FILE": str(folder / "body.json"), "HEADERS": "|".join(target.headers), "OUT": str(out)}
    command = [program, "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "30s"]
    command += ["-s", str(Path(__file__).with_name("post.lua")), target.base + CALLS]
    before = _used(target, upstreams)
    subprocess.run(
        [*_pin(core), *command],
        env={**os.environ, **environ},
        capture_output=True,
        timeout=seconds + 90,
        check=True,
    )
    used = {who: now - before[who] for who, now in _used(target, upstreams).items()}
    found = json.loads(out.read_text())
    found["cpu_us"] = _each(used["serving"] + used["rest"], found["requests"])
    found["worker_cpu_us"] = _each(used["serving"], found["requests"])
    found["cores"] = {who: round(spent / found["seconds"], 2) for who, spent in used.items()}
    return found


def _used(target: Target, upstreams: Sequence[int]) -> dict[str, float]:
    """Processor time so far, in seconds."""
    serving = target.worker_cpu_s()
    load = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "load": load.ru_utime + load.ru_stime,
        "upstream": cpu_s(upstreams),
        "serving": serving,
        "rest": target.cpu_s() - serving,
        "machine": machine_s(),
    }


def streams(
    target: Target, *, count: int, core: int | None, model: str = "mock-stream", hold_s: float = 0.0
) -> dict[str, Any]:
    """What a chunk is late by, and what it costs; after `hold_s` it is seen how many are open."""
    command = [sys.executable, "-m", "bench.gateway.streaming", "load", "--streams", str(count)]
    command += ["--url", (target.stream_base or target.base) + CALLS, "--timeout-s", "60", "--model", model]
    command += ["--hold-s", str(hold_s), "--ramp-s", str(max(1.0, count / 1000))]
    headers = target.headers if target.stream_headers is None else target.stream_headers
    for line in headers:
        command += ["--header", line]
    before, worker_before = target.cpu_s(), target.worker_cpu_s()
    done = subprocess.run([*_pin(core), *command], capture_output=True, text=True, timeout=240, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-400:])
    found = json.loads(done.stdout.splitlines()[-1])
    found["cpu_us"] = _each(target.cpu_s() - before, found["chunks"])
    found["worker_cpu_us"] = _each(target.worker_cpu_s() - worker_before, found["chunks"])
    return found


def slope(target: Target, *, requests: int, folder: Path, core: int | None) -> dict[str, Any]:
    """What memory grows by over so many requests, after a fifth of them to get warm."""
    done, warm, warm_at = 0, 0.0, 0
    until = time.monotonic() + 240
    while done < requests * (1 + WARM_PART) and time.monotonic() < until:
        done += wrk(target, connections=16, seconds=4, folder=folder, core=core)["requests"]
        if not warm_at and done >= requests * WARM_PART:
            warm, warm_at = target.worker_memory_mb(), done
    grown, over = target.worker_memory_mb() - warm, done - warm_at
    return {
        "requests": over,
        "warm_mb": warm,
        "mb_per_100k": round(grown / over * 1e5, 2) if warm_at and over else None,
    }


def stored(target: Target, *, seconds: float, folder: Path, core: int | None) -> dict[str, Any]:
    """What calls cost until all of them are stored: while they are made, storing gives way to them."""
    before = target.cpu_s()
    requests = wrk(target, connections=64, seconds=seconds, folder=folder, core=core)["requests"]
    after_s = until_stored(target)
    return {"requests": requests, "after_s": after_s, "cpu_us": _each(target.cpu_s() - before, requests)}


def until_stored(target: Target) -> float:
    """Seconds until nothing waits and all processes are quiet; 0 for a gateway that stores nothing.

    Raises:
        RuntimeError: it does not get done.
    """
    if not target.api:
        return 0.0
    began, used = time.monotonic(), target.cpu_s()
    while time.monotonic() - began < STORED_S:
        time.sleep(QUIET_S)
        last, used = used, target.cpu_s()
        waits = any(node["waiting_bytes"] for node in ask(target.api, "GET", "/v1/gateway")["nodes"])
        if not waits and used - last < QUIET_S * IDLE_SHARE:
            return round(time.monotonic() - began, 1)
    raise RuntimeError(f"{target.name} has not stored its calls after {STORED_S:g} s")


async def kill_latency(target: Target, *, trials: int) -> dict[str, Any]:
    """From the order to stop until the last byte of a live stream, in milliseconds."""
    took: list[float] = []
    host, _, port = target.base.rpartition("//")[2].partition(":")
    said = {
        "model": "mock-stream",
        "stream": True,
        "max_tokens": 256,
        "messages": [{"role": "user", "content": "x"}],
    }
    body = json.dumps(said).encode()
    lines = "".join(f"{line}\r\n" for line in target.headers)
    for trial in range(trials):
        session = f"kill-{trial}"
        head = f"POST {CALLS} HTTP/1.1\r\nhost: {host}\r\nx-holdfast-session: {session}\r\n{lines}"
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        await asyncio.wait_for(reader.readuntil(b"data: "), 20)
        order = {"scope": "session", "target": session, "reason": "bench", "by": "bench"}
        asking = asyncio.create_task(asyncio.to_thread(ask, target.api, "POST", "/v1/kills", order))
        began = time.monotonic()
        await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), 20)
        took.append((time.monotonic() - began) * 1e3)
        await asking
        writer.close()
    took.sort()
    return {
        "trials": trials,
        "p50_ms": round(statistics.median(took), 1),
        "p99_ms": round(took[min(len(took) - 1, int(len(took) * 0.99))], 1),
        "max_ms": round(took[-1], 1),
    }


def _pin(core: int | None) -> list[str]:
    return ["taskset", "-c", str(core)] if core is not None and shutil.which("taskset") else []


def _each(seconds: float, count: int) -> float | None:
    return round(seconds / count * 1e6, 1) if count and seconds else None
