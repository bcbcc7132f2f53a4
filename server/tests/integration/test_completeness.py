"""A real agent with our SDK: what it made is what came, and the runs say so."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

AGENT = """
import sys
import holdfast

holdfast.init(server=sys.argv[1], data=sys.argv[2], integrations=False)

@holdfast.tool(effect="read")
def look(order: int) -> str:
    return f"order {order}"

@holdfast.agent("helper", tools=["look"])
def helper() -> None:
    look(order=7)

@holdfast.agent("desk", tools=["look"])
def desk() -> None:
    for order in range(5):
        look(order=order)
    helper()

with holdfast.session("desk-1"):
    desk()
holdfast.shutdown()
"""


def run(server, folder: Path) -> None:
    script = folder / "agent.py"
    script.write_text(textwrap.dedent(AGENT))
    policies = folder / "policies"
    policies.mkdir(exist_ok=True)
    command = [sys.executable, str(script), server.url, str(folder / "agent-data")]
    subprocess.run(command, check=True, cwd=folder, timeout=60, capture_output=True)


def runs_of(server) -> list[dict]:
    return server.http.get("/v1/runs", params={"session": "desk-1"}).json()["items"]


def all_whole(runs: list[dict]) -> list[dict]:
    return runs if all(run["completeness"]["state"] == "whole" for run in runs) else []


def test_every_span_that_an_agent_made_is_counted_and_here(up, tmp_path):
    server = up()
    run(server, tmp_path)
    server.wait_stored()
    found = server.wait_for(
        lambda: (
            (some := runs_of(server)) and all(r["completeness"]["state"] == "whole" for r in some) and some
        )
    )
    told = {one["agent"]: one["completeness"] for one in found}
    assert {agent: (one["sent"], one["stored"]) for agent, one in told.items()} == {
        "desk": (6, 6),
        "helper": (2, 2),
    }
    edges = server.http.get(f"/v1/runs/{found[-1]['trace']}/edges").json()["edges"]
    assert [(edge["source"], edge["target"], edge["kind"]) for edge in edges] == [
        ("desk", "helper", "delegation")
    ]
