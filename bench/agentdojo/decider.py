"""A decider for the AgentDojo harness: the real `decide`, `Session.take` and `Session.settle`, nothing else.

    python agentdojo_harness.py --path . --decider bench.agentdojo:Decider

The contracts of the 74 tools stand in `tools.yaml`. They were written from what an operator has before the
first call: the tools' names, descriptions, and the names and types of their arguments. Neither the tasks, nor
their ground truth, nor the planted instructions were consulted for them, and no rule knows a task. README.md
says how the rules of the engine were worked out, and on which half of the tasks.

The harness plays the person, too: it approves exactly the calls that belong to the user's task.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

from holdfast.action import Action, Actor, Contract, Kind, canonicalise, digest
from holdfast.decision import Bundle, Decision, Outcome, Session, Source, Verdict, compile_bundle, decide

PACK: Final = Source("tools.yaml", (Path(__file__).parent / "tools.yaml").read_text(encoding="utf-8"))
ANSWERS: Final = {"allow": "allow", "transform": "allow", "ask": "approve", "deny": "deny", "halt": "deny"}
AGENT: Final = Actor("assistant")


class Decider:
    """One session a run; what the harness calls context is used for its tools and the person's words only."""

    def __init__(self) -> None:
        self._bundles: dict[tuple[str, ...], Bundle] = {}
        self._bundle: Bundle | None = None
        self._session = Session("none")
        self._steps = 0
        self._judged: tuple[Action, Decision] | None = None

    def start_session(self, context: dict[str, Any]) -> None:
        """Begin a run: the person's prompt is what the person said."""
        tools = context["tools"]
        names = tuple(tool["name"] for tool in tools)
        if names not in self._bundles:
            self._bundles[names] = _compile(tools)
        self._bundle = self._bundles[names]
        self._session = Session(context["session_id"])
        self._session.endorse(context["user_prompt"])
        self._steps = 0

    def decide(self, call: dict[str, Any], context: dict[str, Any]) -> dict[str, str]:
        """Judge one call, as the guard does before it lets a tool run."""
        del context
        action = self._action(call)
        decision = self._judge(action)
        self._judged = action, decision
        return {"decision": ANSWERS[decision.verdict], "reason": decision.message}

    def on_result(
        self, call: dict[str, Any], output: str | None, error: str | None, context: dict[str, Any]
    ) -> None:
        """Settle the call; what was asked about and ran all the same was approved by the person."""
        del call, context
        assert self._judged is not None, "a call is decided before its result comes"
        action, decision = self._judged
        if output is None:
            self._session.settle(action, decision, Outcome(status="refused"))
            return
        if decision.verdict is Verdict.ASK:
            decision = self._judge(action, frozenset(decision.roles))
        status = "failed" if error else "done"
        self._session.settle(action, decision, Outcome(status=status, result_text=_as_json(error or output)))

    def review_output(self, text: str, context: dict[str, Any]) -> str:
        """Judge the answer to the person; nobody can be asked about it here, so an ask refuses it."""
        del context
        decision = self._judge(self._action({"tool": "", "args": {"text": text}}, Kind.OUTPUT))
        return "allow" if decision.verdict is Verdict.ALLOW else "deny"

    def _judge(self, action: Action, approvals: frozenset[str] = frozenset()) -> Decision:
        assert self._bundle is not None, "a session is started first"
        decision = decide(action, self._session, self._bundle, approvals=approvals)
        self._session.take(action, decision)
        return decision

    def _action(self, call: dict[str, Any], kind: Kind = Kind.TOOL) -> Action:
        assert self._bundle is not None, "a session is started first"
        self._steps += 1
        plain, canonical = canonicalise(call["args"])
        contract = self._bundle.contracts.get(call["tool"], Contract(""))
        run = self._session.id
        return Action(
            f"{self._steps:016x}", kind, AGENT, call["tool"], plain, canonical,
            digest(kind, call["tool"], canonical), contract.effect, run, run, run,
            step=self._steps, chain=(AGENT,), person="person",
        )  # fmt: skip


def _compile(tools: list[dict[str, Any]]) -> Bundle:
    """The pack with the schemas that the tools bring themselves."""
    written = compile_bundle([PACK]).contracts
    told = [
        msgspec.structs.replace(
            written[tool["name"]], description=tool["description"], parameters=tool["parameters"]
        )
        for tool in tools
    ]
    return compile_bundle([PACK], contracts=told)


def _as_json(output: str) -> str:
    """A result as the guard hands it over: the harness prints data as YAML, the guard as JSON."""
    try:
        data = yaml.safe_load(output)
    except yaml.YAMLError:
        return output
    return json.dumps(data, default=str) if isinstance(data, dict | list) else output
