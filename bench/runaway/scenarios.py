"""Labelled scenarios of other projects' loop detectors, judged at the thresholds of their source."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench.runaway.corpora import LOOPS

from holdfast.decision.detectors.known import KNOWN
from holdfast.decision.detectors.steps import RecordedStep
from holdfast.decision.detectors.watching import Watch


@dataclass(frozen=True)
class Scenario:
    """A few events, and whether their project calls them a loop."""

    id: str
    loop: bool
    thresholds: str
    steps: tuple[RecordedStep, ...]

    @property
    def said(self) -> bool:
        """Whether our detectors call it a loop, at the thresholds of its source."""
        watch = Watch(KNOWN[self.thresholds])
        for step in self.steps:
            watch.see(step)
        return any(run.fired for run in watch.end())


def read_scenarios() -> Iterator[Scenario]:
    """Every labelled scenario."""
    with (LOOPS / "scenarios.jsonl").open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            interactive = "interactive" in (row["note"] or "").partition(":")[0]
            thresholds = row["source"] + (
                "-interactive" if interactive and row["source"] == "openhands" else ""
            )
            yield Scenario(row["id"], row["loop"], thresholds, tuple(_steps(row["id"], row["events"])))


def _steps(run: str, events: list[dict[str, Any]]) -> Iterator[RecordedStep]:
    """Events as steps: a result or an error belongs to the call before it."""
    call: dict[str, Any] | None = None
    for number, event in enumerate(events):
        kind = event["kind"]
        if call is not None and kind not in {"result", "error"}:
            yield RecordedStep(run, number - 1, "agent", call["name"], call["args"])
            call = None
        match kind:
            case "call":
                call = event
            case "result" | "error" if call is not None:
                told = {kind: event["content"]}
                yield RecordedStep(run, number, "agent", call["name"], call["args"], **told)
                call = None
            case "result" | "error":
                pass
            case "message" if event["who"] == "user":
                yield RecordedStep(run, number, "user", "", None, event["content"], kind="person")
            case "message":
                # Nobody called: what came back then answers the message.
                after = events[number + 1 : number + 2]
                answer = next((one["content"] for one in after if one["kind"] == "result"), None)
                yield RecordedStep(run, number, "agent", "", event["content"], answer, kind="message")
            case _:
                yield RecordedStep(run, number, "agent", kind, None, event["content"], kind="compaction")
    if call is not None:
        yield RecordedStep(run, len(events) - 1, "agent", call["name"], call["args"])
