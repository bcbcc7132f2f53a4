"""Failed runs of real agents whose decisive step people have marked, as acts.

A call and what came back are one act, as they are one step in Holdfast: where a log has the output of a
terminal or a tool in a line of its own, it belongs to the line that asked for it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from holdfast_server.insight.attribution.act import Act

DATA: Final = Path(__file__).resolve().parents[3] / "shared" / "data"
MARKED: Final = DATA / "failure_attribution"
TAU: Final = DATA / "tau_bench" / "trajectories.jsonl.gz"
CHANGING: Final = ("modify_", "cancel_", "return_", "exchange_", "transfer_", "book_", "update_", "send_")
"""How the tools of tau-bench that change something are called."""
TOLD_MAX: Final = 200
_code = re.compile(r"```.*?```", re.DOTALL).findall
_asks = re.compile(r"Orchestrator \(->\s*(\w+)\)").match


@dataclass(frozen=True)
class Marked:
    """A failed run, and the step that people called decisive."""

    id: str
    corpus: str
    acts: tuple[Act, ...]
    decisive: str
    good: tuple[Act, ...] = ()
    """A run that succeeded at the same task, where there is one."""

    @property
    def fold(self) -> int:
        """Which of two halves it belongs to, by its id."""
        return hashlib.sha256(self.id.encode()).digest()[0] % 2


def is_present() -> bool:
    """Whether the data is on this machine."""
    return all((MARKED / name).exists() for name in ("whowhen.jsonl.gz", "agentrx.jsonl.gz"))


def read_marked() -> Iterator[Marked]:
    """Every run with a mark."""
    for row in _rows(MARKED / "whowhen.jsonl.gz"):
        generated = row["subset"] == "Algorithm-Generated"
        acts = _group_chat(row["steps"]) if generated else _magentic(row["steps"])
        corpus = "whowhen-generated" if generated else "whowhen-handcrafted"
        yield Marked(row["id"], corpus, tuple(acts), str(row["label"]["step"]))
    good = dict(_good_runs())
    for row in _rows(MARKED / "agentrx.jsonl.gz"):
        step = row["label"]["step"]
        if step is None:
            continue
        if row["subset"] == "magentic-one":  # its labels count from 1, its steps from 0
            yield Marked(row["id"], "agentrx-magentic", tuple(_magentic(row["steps"])), str(step - 1))
        else:
            task = row["id"].rpartition("/")[2]
            acts = tuple(_tau(row["steps"]))
            yield Marked(row["id"], "agentrx-tau", acts, str(step), good.get(task, ()))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _group_chat(steps: list[dict[str, Any]]) -> Iterator[Act]:
    """Experts in one chat; the terminal runs the code of whoever spoke before it."""
    held: Act | None = None
    for one in steps:
        text = one["content"] or ""
        if one["agent"] == "Computer_terminal":
            if held is not None and text.startswith("exitcode"):
                failed = "" if text.startswith("exitcode: 0") else text[:TOLD_MAX]
                asked = "\n".join(_code(held.text)) or held.text
                held = msgspec.structs.replace(
                    held, kind="call", target="terminal", asked=asked, result=text, error=failed
                )
            continue
        if held is not None:
            yield held
        held = Act(str(one["i"]), "say", one["agent"], text=text)
    if held is not None:
        yield held


def _magentic(steps: list[dict[str, Any]]) -> Iterator[Act]:
    """Magentic-One: an orchestrator that thinks and asks, and agents that act on pages and files."""
    for one in steps:
        text, agent = one["content"] or "", one["agent"]
        number, role = str(one["i"]), one.get("role") or agent
        if agent.casefold() in {"human", "user"}:
            yield Act(number, "person", "human", text=text)
        elif asks := _asks(role):
            yield Act(number, "delegate", "Orchestrator", asks[1], asked=text, text=text)
        elif agent.startswith("Orchestrator"):
            yield Act(number, "say", "Orchestrator", text=text)
        else:
            did, _, saw = text.partition("Here is a screenshot")
            yield Act(number, "call", agent, agent, asked=did.strip(), text=did, result=saw)


def _tau(steps: list[dict[str, Any]]) -> Iterator[Act]:
    """tau-bench: an assistant with tools, and a person who is simulated."""
    held: Act | None = None
    for one in steps:
        text, number = one.get("content") or "", str(one["i"])
        if one["agent"] == "Tool":
            if held is not None:
                failed = text[:TOLD_MAX] if text.startswith("Error") else ""
                held = msgspec.structs.replace(held, result=text, error=failed)
            continue
        if held is not None:
            yield held
        held = None
        if one["agent"] == "User":
            held = Act(number, "person", "User", text=text)
        elif calls := one.get("tool_calls"):
            held = _tau_call(number, calls[0]["name"], calls[0]["args"])
        elif one["agent"] != "system":
            held = Act(number, "say", "Assistant", text=text)
    if held is not None:
        yield held


def _tau_call(number: str, tool: str, asked: Any) -> Act:
    effect = "write" if tool.startswith(CHANGING) else "read"
    text = asked if isinstance(asked, str) else json.dumps(asked)
    return Act(number, "call", "Assistant", tool, effect=effect, asked=text)


def _good_runs() -> Iterator[tuple[str, tuple[Act, ...]]]:
    """A run that succeeded at each retail task, whichever agent it was."""
    for row in _rows(TAU) if TAU.exists() else ():
        if row["domain"] == "retail" and row["success"]:
            calls = (one for one in row["steps"] if one["type"] == "tool_call")
            yield str(row["task_id"]), tuple(_tau_call("", one["name"], one["args"]) for one in calls)
