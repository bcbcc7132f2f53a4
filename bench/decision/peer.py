"""The peer beside us: `govern()` of agent-governance-toolkit, audit on, in an environment of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

NAME: Final = "agent-governance-toolkit"
VERSION: Final = "4.1.0"
INSTALL_TIMEOUT_S: Final = 180
RUN_TIMEOUT_S: Final = 300
RULES: Final = (10, 100)

SCRIPT: Final = """
import json, sys, time
from agentmesh.governance import govern

def policy(rules):
    lines = ["apiVersion: governance.toolkit/v1", "name: bench", "agents: ['*']"]
    lines += ["default_action: allow", "rules:"]
    for n in range(rules):
        lines += [
            f"  - name: rule-{n}",
            f"    condition: \\"amount.value > {100000 + n}\\"",
            "    action: deny",
            f"    description: threshold {n}",
        ]
    return "\\n".join(lines)

def tool(amount, to, note, account):
    return "done"

def measure(rules, calls, warm_up):
    governed = govern(tool, policy=policy(rules), agent_id="worker-1", audit=True)
    denied = False
    try:
        governed(amount=10**9, to="a", note="b", account="c")
    except Exception:
        denied = True
    took = []
    for n in range(calls + warm_up):
        arguments = {"amount": n % 4000, "to": "ann@corp.example", "note": f"note {n}", "account": "DE89"}
        started = time.perf_counter_ns()
        governed(**arguments)
        ended = time.perf_counter_ns()
        if n >= warm_up:
            took.append(ended - started)
    length = len(took) // 10
    rounds = [sorted(took[n * length : (n + 1) * length]) for n in range(10)]
    quietest = min(rounds, key=lambda one: one[length // 2])
    at = lambda share: round(quietest[int((length - 1) * share)] / 1000, 2)
    found = {"p50_us": at(0.5), "p99_us": at(0.99), "p999_us": at(0.999)}
    return {**found, "calls": calls, "rules_enforced": denied}

rules, calls, warm_up = json.loads(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
print(json.dumps({str(n): measure(n, calls, warm_up) for n in rules}))
"""
"""Its README's quick start, with rules that its grammar understands and calls that all of them allow."""


def measure(calls: int, warm_up: int) -> dict[str, Any]:
    """Install and measure the peer; `skipped` says why when that cannot be done."""
    if shutil.which("uv") is None:
        return {"name": NAME, "skipped": "uv is not installed"}
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / "venv" / "bin" / "python"
        try:
            _run(["uv", "venv", "-q", "--python", "3.11", str(Path(folder) / "venv")], INSTALL_TIMEOUT_S)
            wanted = f"{NAME}[full]=={VERSION}"
            _run(["uv", "pip", "install", "-q", "--python", str(python), wanted], INSTALL_TIMEOUT_S)
            arguments = [json.dumps(RULES), str(calls), str(warm_up)]
            printed = _run([str(python), "-W", "ignore", "-c", SCRIPT, *arguments], RUN_TIMEOUT_S)
        except (subprocess.SubprocessError, OSError) as error:
            detail = getattr(error, "stderr", "") or str(error)
            return {
                "name": NAME,
                "skipped": f"{NAME} {VERSION} could not be measured: {detail.strip()[-300:]}",
            }
    rules = json.loads(printed.strip().splitlines()[-1])
    return {"name": f"{NAME} {VERSION} govern(), audit on", "rules": rules}


def _run(command: list[str], timeout_s: int) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=timeout_s).stdout
