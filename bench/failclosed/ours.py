"""What Holdfast does with each case: the whole guard, through the decorator, with a ledger on disk."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

from bench.failclosed.cases import CASES, Case

import holdfast
from holdfast.action import Contract, Effect

DENIED: Final = "denied"
AT_LOAD: Final = "refused at load"
ALLOWED: Final = "ALLOWED"
OPEN: Final = '@id("open") permit (principal, action, resource);\n'


def results() -> dict[str, str]:
    """The outcome of every case, by its name."""
    return {case.name: judge(case) for case in CASES}


def judge(case: Case, *, ruled: bool = True) -> str:
    """Load the rule beside one that allows everything, make the call, and say what became of it."""
    ran: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        policies = Path(folder) / "policies"
        policies.mkdir()
        (policies / "agents.yaml").write_text("agents: {'*': {}}\n" if case.ours else "pack: empty\n")
        (policies / "rules.cedar").write_text(OPEN + (case.ours if ruled else "") if case.ours else "")
        try:
            guard = holdfast.init(policies=policies, data=Path(folder) / "data", integrations=False)
            contract = Contract(
                case.tool,
                parameters={"type": "object", "properties": case.properties},
                effect=Effect.WRITE,
                reversible=True,
            )
            guard.learn(contract)
            tool = _function(case, ran)
            tool(*case.arguments.values()) if case.by == "position" else tool(**case.arguments)
        except holdfast.Refused:
            return DENIED
        except holdfast.Misconfigured:
            return AT_LOAD
        finally:
            holdfast.shutdown()
    return ALLOWED if ran else "did not run"


def _function(case: Case, ran: list[dict[str, Any]]) -> Any:
    """A governed function with the parameters of the case; all may be left out."""
    names = ", ".join(f"{name}: {_hint(kind)} = None" for name, kind in case.properties.items())
    scope: dict[str, Any] = {"ran": ran}
    exec(f"def {case.tool}({names}) -> str:\n    ran.append({{}})\n    return 'done'", scope)
    return holdfast.tool(effect="write", reversible=True, labels=())(scope[case.tool])


def _hint(kind: dict[str, str]) -> str:
    return "int | None" if kind["type"] == "integer" else "str | None"
