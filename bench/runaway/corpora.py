"""Recorded runs of real agents as steps, each with how it ended."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from holdfast.decision.detectors.steps import RecordedStep

DATA: Final = Path(__file__).resolve().parents[3] / "shared" / "data"
LOOPS: Final = DATA / "loop_detection"
TAU: Final = DATA / "tau_bench"
DOJO: Final = DATA / "agentdojo"
ENDINGS: Final = {"correct": "right", "incorrect": "wrong", "halted": "halted"}
_react = re.compile(r"(\w+)\[(.*)\]\s*", re.DOTALL).fullmatch


@dataclass(frozen=True)
class Recorded:
    """One run, and what became of it."""

    id: str
    corpus: str
    ending: str
    """`right`, `wrong`, or `halted` when it used up its steps."""
    task: str
    steps: tuple[RecordedStep, ...]
    in_loop: tuple[int, ...] = ()
    """Steps at which the agent itself said that it was in a loop."""

    @property
    def held_out(self) -> bool:
        """Whether it is kept for measuring: decided by its task, so that no task is on both sides."""
        return hashlib.sha256(self.task.encode()).digest()[0] % 2 == 1


def is_present() -> bool:
    """Whether the data is on this machine."""
    files = (LOOPS / "sequences.jsonl.gz", TAU / "trajectories.jsonl.gz", DOJO / "ground_truth.jsonl.gz")
    return all(file.exists() for file in files)


def read_runs() -> Iterator[Recorded]:
    """Every recorded run."""
    for row in _rows(LOOPS / "sequences.jsonl.gz"):
        yield _magentic(row) if row["source"] == "magentic-one" else _hotpot(row)
    for row in _rows(TAU / "trajectories.jsonl.gz"):
        yield _tau(row)
    for row in _rows(DOJO / "ground_truth.jsonl.gz"):
        if row.get("injection_task_id", "") is None:
            yield _dojo(row)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _hotpot(row: dict[str, Any]) -> Recorded:
    """ReAct and Reflexion on HotpotQA: observations are a beginning and a hash."""
    steps: list[RecordedStep] = []
    for one in row["steps"]:
        said = _react(one["action"])
        tool, asked = said.groups() if said else ("say", one["action"])
        result = f"{one['obs_head']} #{one['obs_sha']}"
        steps.append(RecordedStep(row["id"], one["i"], "react", tool, {"query": asked}, result))
    return Recorded(row["id"], "hotpot", ENDINGS[row["ended"]], str(row["task_id"]), tuple(steps))


def _tau(row: dict[str, Any]) -> Recorded:
    """Tool calls of tau-bench and tau2-bench with their results; messages of the person begin new work."""
    steps: list[RecordedStep] = []
    calls: dict[str, dict[str, Any]] = {}
    for number, one in enumerate(row["steps"]):
        if one["type"] == "tool_call":
            calls[one["call_id"]] = one
        elif one["type"] == "tool_result":
            call = calls.get(one["call_id"], {"name": "unknown", "args": {}})
            steps.append(RecordedStep(row["id"], number, "agent", call["name"], call["args"], one["content"]))
        else:
            kind = "person" if one["role"] == "user" else "message"
            who = "user" if kind == "person" else "agent"
            steps.append(RecordedStep(row["id"], number, who, "", one["content"], kind=kind))
    ending = "right" if row["success"] else "wrong"
    return Recorded(row["id"], "tau", ending, str(row["task_id"]), tuple(steps))


def _dojo(row: dict[str, Any]) -> Recorded:
    """AgentDojo: the calls that solve a task, nobody in the way."""
    steps = [
        RecordedStep(row["id"], number, "agent", one["tool"], one["args"], one["output"], one["error"])
        for number, one in enumerate(row["events"])
    ]
    return Recorded(row["id"], "agentdojo", "right", row["user_task_id"], tuple(steps))


def _magentic(row: dict[str, Any]) -> Recorded:
    """Magentic-One: what the orchestrator asks of an agent is a call; what that agent says is its result."""
    steps: list[RecordedStep] = []
    in_loop: list[int] = []
    asked: tuple[int, str, str] | None = None
    for one in row["steps"]:
        number, agent, text = one["i"], one["agent"], one["action"]
        if one.get("label_in_loop"):
            in_loop.append(number)
        if agent.startswith("Orchestrator (->"):
            asked = (number, agent.removeprefix("Orchestrator (-> ").rstrip(")"), text)
        elif asked is not None and agent == asked[1]:
            steps.append(RecordedStep(row["id"], number, "", asked[1], {"request": asked[2]}, text))
            asked = None
    return Recorded(row["id"], "magentic", "wrong", row["task_id"], tuple(steps), tuple(in_loop))
