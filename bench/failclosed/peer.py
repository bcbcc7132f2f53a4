"""The same cases at a peer: agent-governance-toolkit's `govern()`, in an environment of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

from bench.decision.peer import INSTALL_TIMEOUT_S, NAME, RUN_TIMEOUT_S, VERSION
from bench.failclosed.cases import CASES

SCRIPT: Final = """
import json, sys
from agentmesh.governance import govern

def policy(condition):
    return "\\n".join([
        "apiVersion: governance.toolkit/v1", "name: natural", "agents: ['*']", "default_action: allow",
        "rules:", "  - name: natural", "    condition: " + json.dumps(condition), "    action: deny",
    ])

def cedar(text, call):
    from agent_os.policies import PolicyEvaluator
    evaluator = PolicyEvaluator()
    evaluator.load_cedar(policy_content=text)
    context = {"agent_id": "a", "tool_name": "wire", "action": "wire", **call}
    return "ALLOWED" if evaluator.evaluate(context).allowed else "denied"

def judge(case):
    ran = []
    scope = {"ran": ran}
    names = ", ".join(f"{name}=None" for name in case["properties"])
    exec(f"def {case['tool']}({names}):\\n    ran.append(1)\\n    return 'done'", scope)
    if case["policy"].startswith("cedar:"):
        return cedar(case["policy"][6:], case["arguments"])
    try:
        if case["policy"] == "none":
            from agent_os.policies import PolicyEvaluator
            return "ALLOWED" if PolicyEvaluator().evaluate({"tool_name": "wire"}).allowed else "denied"
        governed = govern(scope[case["tool"]], policy=policy(case["theirs"]), agent_id="a")
    except Exception as error:
        return f"refused at load ({type(error).__name__})"
    try:
        governed(*case["arguments"].values()) if case["by"] == "position" else governed(**case["arguments"])
    except Exception as error:
        return "denied" if not ran else f"ALLOWED, then {type(error).__name__}"
    return "ALLOWED" if ran else "denied"

out = {}
for case in json.loads(sys.argv[1]):
    try:
        out[case["name"]] = judge(case) if case["theirs"] or case["policy"] else "no such rule"
    except Exception as error:
        out[case["name"]] = f"could not be tried: {type(error).__name__}: {error}"[:120]
print(json.dumps(out))
"""
"""Its README's quick start, with `default_action: allow` as there."""


def results() -> dict[str, Any]:
    """The outcome of every case, by its name; `skipped` says why there is none."""
    if shutil.which("uv") is None:
        return {"skipped": "uv is not installed"}
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / "venv" / "bin" / "python"
        try:
            _run(["uv", "venv", "-q", "--python", "3.11", str(Path(folder) / "venv")], INSTALL_TIMEOUT_S)
            wanted = f"{NAME}[full]=={VERSION}"
            _run(["uv", "pip", "install", "-q", "--python", str(python), wanted], INSTALL_TIMEOUT_S)
            asked = json.dumps([case._asdict() for case in CASES])
            printed = _run([str(python), "-W", "ignore", "-c", SCRIPT, asked], RUN_TIMEOUT_S)
        except (subprocess.SubprocessError, OSError) as error:
            detail = getattr(error, "stderr", "") or str(error)
            return {"skipped": f"{NAME} {VERSION} could not be tried: {str(detail).strip()[-300:]}"}
    return json.loads(printed.strip().splitlines()[-1])


def _run(command: list[str], timeout_s: int) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=timeout_s).stdout
