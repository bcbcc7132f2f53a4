"""What a gateway's supervisor tells the server about itself, every second."""

from __future__ import annotations

from typing import Literal

import msgspec

from holdfast_server.action.llm.messages import Stats

WorkerState = Literal["starting", "ready", "draining", "gone"]


class WorkerReport(msgspec.Struct, frozen=True):
    """One worker."""

    name: str
    pid: int
    state: WorkerState
    started_ns: int
    restarts: int = 0
    stats: Stats = Stats()


class NodeReport(msgspec.Struct, frozen=True):
    """One supervisor with its workers."""

    name: str
    host: str
    pid: int
    url: str
    version: int
    """Of the configuration that its workers have."""
    bundle: str
    workers: tuple[WorkerReport, ...] = ()
    waiting: int = 0
    """Records that wait to be shipped, in bytes."""
    waiting_s: float = 0.0
    """How long the first of them has waited."""
    problems: tuple[str, ...] = ()
    leaving: bool = False
    """It stops now, so nothing is missing when it is silent."""
