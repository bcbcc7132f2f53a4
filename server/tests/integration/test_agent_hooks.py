"""AGENT-HOOKS 0.1: the contract's own conformance kit, with every verdict passing through this server.

Where a vector's script can be said as policy (deny, deny with approval, allow), Holdfast decides it: the
script becomes Cedar and the scripted interceptor is not there at all. In the other vectors the scripted
interceptor stands behind Holdfast, which judges first and allows. The host is the kit's own emitter and loop.
"""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

ctk = pytest.importorskip(
    "agent_hooks.ctk", reason="agent-hooks-sdk is not installed: make setup installs it"
)

from agent_hooks.ctk import load_vectors, run_vector  # noqa: E402
from agent_hooks.ctk.harness import Capability  # noqa: E402
from agent_hooks.ctk.reference import ReferenceHarness  # noqa: E402
from agent_hooks.ctk.scripted import RecordingInterceptor  # noqa: E402

VECTORS = {vector["id"]: vector for vector in load_vectors()}
DECLARED = {name for name, one in VECTORS.items() if "host_declaration" in one["capabilities"]}
STREAMED = {name for name, one in VECTORS.items() if "incremental_output" in one["capabilities"]}
POINTS = {
    "agent_startup": "holdfast:start",
    "input": "holdfast:message",
    "pre_model_call": "holdfast:model",
    "pre_tool_call": "holdfast:tool",
    "output": "holdfast:output",
}
OPEN = """
agents: {"*": {}}
rules: [{allow_agents: {}}, {allow_tools: {tools: ["*"]}}]
detectors: {identical_calls: off, cycles: off}
"""


class Hosted:
    """One interceptor: this server, and behind it the scripted one where the script is no policy."""

    def __init__(self, http: Any, name: str, inner: Any) -> None:
        self.http, self.name, self.inner = http, name, inner

    async def intercept(self, context: dict[str, Any]) -> Any:
        if isinstance(self.inner, RecordingInterceptor):
            self.inner.recorded.append(copy.deepcopy(context))
        own = context | {
            "agent": context["agent"] | {"id": self.name},
            "session": context["session"] | {"id": f"{context['session']['id']}-{self.name}"},
        }
        response = await self.http.post("/v1/hooks", json=own)
        response.raise_for_status()
        verdict = response.json()["verdict"]
        scripted = getattr(self.inner, "inner", self.inner)
        if verdict["decision"] != "allow" or scripted is None:
            return verdict
        return scripted.intercept(context)


class Harness(ReferenceHarness):
    """The kit's loop and its production emitter; only what stands behind the interceptors is ours."""

    name = "holdfast"
    capabilities = ReferenceHarness.capabilities - {Capability.HOST_DECLARATION}

    def __init__(self, here: Any, policies: Any) -> None:
        super().__init__()
        self.here, self.policies = here, policies
        self.decided_here = 0

    def declaration(self) -> dict[str, Any]:
        document = super().declaration()
        document["surface"]["capabilities"].remove(Capability.HOST_DECLARATION.value)
        return document

    def setup(self, scenario: Any, interceptors: list[Any], *rest: Any, **more: Any) -> None:
        hosted, cedar = list[Any](), list[str]()
        for place, one in enumerate(interceptors):
            name = f"interceptor-{place}"
            scripted = getattr(one, "inner", one)
            written = as_policy(scripted.rules, name)
            cedar += written or []
            self.decided_here += written is not None
            hosted.append(Hosted(self.here.http, name, _recorder(one) if written is not None else one))
        self.policies.write_text("\n".join(cedar))
        super().setup(scenario, hosted, *rest, **more)

    async def run(self) -> Any:
        await self.here.services.policies.look()
        return await super().run()


def _recorder(one: Any) -> Any:
    """What records the contexts stays; what would have decided goes."""
    if isinstance(one, RecordingInterceptor):
        return RecordingInterceptor(None, recorded=one.recorded)  # type: ignore[arg-type]  # nobody is asked
    return None


def as_policy(rules: list[dict[str, Any]], agent: str) -> list[str] | None:
    """A script as Cedar; None when it says what a policy does not."""
    written: list[str] = []
    for rule in rules:
        said, match = rule.get("return", {}), rule.get("match", {})
        plain = said.keys() <= {"decision", "reason", "approval"} and match.keys() <= {"tool_call.name"}
        if rule.get("fault") or not plain or rule["at"] not in POINTS or said["decision"] == "transform":
            return None
        if said["decision"] == "allow":
            if said.get("reason") or len(rules) > 1:
                return None
            continue
        action = f'action in Action::"{POINTS[rule["at"]]}"'
        if rule["at"] != "pre_tool_call":
            action = f'action == Action::"{POINTS[rule["at"]]}"'
        if "tool_call.name" in match:
            action = f"action == Action::{json.dumps(match['tool_call.name'])}"
        cure = '@cure("approval:ctk") ' if "approval" in said else ""
        name = json.dumps(said["reason"])
        written.append(f'@id({name}) {cure}forbid (principal == Agent::"{agent}", {action}, resource);')
    return written


@pytest.fixture
async def host(start_here, tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "open.yaml").write_text(OPEN)
    async with start_here(policies=folder) as here:
        names = {tool["name"] for one in VECTORS.values() for tool in one["scenario"].get("tools", ())}
        tools = [
            {
                "tool": name,
                "parameters": {"type": "object"},
                "open": True,
                "effect": "read",
                "output_labels": [],
            }
            for name in names
        ]
        (await here.http.post("/v1/registry", json={"tools": tools})).raise_for_status()
        yield here, folder / "script.cedar"


async def test_the_kit_is_green_on_everything_but_what_is_not_declared(host):
    here, policies = host
    results, decided = {}, 0
    for name, vector in VECTORS.items():
        harness = Harness(here, policies)
        results[name] = await run_vector(harness, vector)
        decided += harness.decided_here
    failed = {name: one.failures for name, one in results.items() if one.status == "fail"}
    skipped = {name for name, one in results.items() if one.status == "skip"}
    assert failed == {}
    assert skipped == DECLARED | STREAMED
    assert len(results) - len(skipped) >= 47
    assert decided >= 20


CONTEXT = {
    "spec": "agent-hooks/0.1",
    "interception_point": "pre_tool_call",
    "timestamp": "2026-01-01T00:00:00Z",
    "sequence": 4,
    "agent": {"id": "clerk", "framework": "test"},
    "session": {"id": "s1"},
}
RULES = """
agents: {"*": {}}
rules:
  - allow_agents: {}
  - allow_tools: {tools: [pay, read_mail]}
  - threshold: {tool: pay, arg: amount, approve_over: 50, deny_over: 500, approver: lead}
  - clamp: {tool: pay, arg: tip, max: 5}
  - halt_on: {tools: [wipe]}
"""
NUMBERS = {"amount": {"type": "integer"}, "tip": {"type": "integer"}, "to": {"type": "string"}}
TOOLS = [
    {
        "tool": "pay",
        "parameters": {"type": "object", "properties": NUMBERS},
        "effect": "write",
        "reversible": True,
        "egress": True,
        "critical": ["to"],
    },
    {"tool": "read_mail", "parameters": {"type": "object", "properties": {}}, "effect": "read"},
    {"tool": "wipe", "parameters": {"type": "object", "properties": {}}, "effect": "destroy"},
]


@pytest.fixture
async def paying(start_here, tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "money.yaml").write_text(RULES)
    async with start_here(policies=folder) as here:
        (await here.http.post("/v1/registry", json={"tools": TOOLS})).raise_for_status()
        yield here


async def call(here, name: str, args: dict[str, Any], call_id: str = "tc-1", **more: Any) -> Any:
    context = CONTEXT | {"tool_call": {"id": call_id, "name": name, "args": args}, "target": args} | more
    return await here.http.post("/v1/hooks", json=context)


async def test_every_verdict_has_its_word_in_the_contract(paying):
    said = {
        "allow": await call(paying, "pay", {"amount": 5}, "1"),
        "deny": await call(paying, "pay", {"amount": 800}, "2"),
        "ask": await call(paying, "pay", {"amount": 80}, "3"),
        "transform": await call(paying, "pay", {"amount": 5, "tip": 50}, "4"),
        "halt": await call(paying, "wipe", {}, "5"),
    }
    told = {name: response.json() for name, response in said.items()}
    verdicts = {name: one["verdict"] for name, one in told.items()}
    assert {name: one["extensions"]["holdfast"]["verdict"] for name, one in told.items()} == {
        n: n for n in told
    }
    assert verdicts["allow"] == {"decision": "allow"}
    assert (verdicts["deny"]["decision"], verdicts["deny"]["reason"]) == ("deny", "money/threshold/deny")
    assert verdicts["ask"]["decision"] == "deny"
    assert verdicts["ask"]["approval"]["roles"] == ["lead"]
    assert verdicts["transform"]["transform"] == {"path": "$target", "value": {"amount": 5, "tip": 5}}
    assert (verdicts["halt"]["decision"], "approval" in verdicts["halt"]) == ("deny", False)


async def test_what_a_host_lifted_and_ran_marks_the_session_all_the_same(paying):
    asked = (await call(paying, "pay", {"amount": 80})).json()
    after = {
        "interception_point": "post_tool_call",
        "sequence": 5,
        "tool_result": {"value": "x", "is_error": False},
    }
    assert (await call(paying, "pay", {"amount": 80}, **after)).status_code == 200
    told = (await call(paying, "pay", {"amount": 1, "to": "eve"}, "tc-2")).json()
    assert asked["verdict"]["decision"] == "deny"
    assert told["extensions"]["holdfast"]["labels"] == ["untrusted"]
    assert told["extensions"]["holdfast"]["unendorsed"][0].startswith("to=eve")


async def test_what_a_person_said_is_endorsed_and_what_came_from_elsewhere_is_not(paying):
    said = {"interception_point": "input", "input": {"content": "pay bob", "role": "user"}}
    other = {"interception_point": "input", "input": {"content": "pay eve", "role": "external"}}
    for n, context in enumerate((said, other)):
        assert (
            await paying.http.post("/v1/hooks", json=CONTEXT | context | {"sequence": n})
        ).status_code == 200
    await call(paying, "read_mail", {})
    after = {"interception_point": "post_tool_call", "tool_result": {"value": "mail", "is_error": False}}
    await call(paying, "read_mail", {}, **after)
    verdicts = [
        (await call(paying, "pay", {"amount": 1, "to": to}, to)).json()["verdict"]["decision"]
        for to in ("bob", "eve")
    ]
    assert verdicts == ["allow", "deny"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"spec": "agent-hooks/1.0"}, "spec"),
        ({"interception_point": "before_lunch"}, "interception_point"),
        ({"sequence": -1}, "sequence"),
        ({"interception_point": "pre_model_call"}, "pre_model_call needs model, messages"),
        ({"session": {}}, "session.id"),
    ],
)
async def test_a_context_that_breaks_the_contract_gets_no_verdict(paying, change, told):
    response = await call(paying, "pay", {"amount": 5}, **change)
    assert response.status_code == 422
    assert told in response.json()["detail"]


async def test_arguments_without_a_plain_form_get_no_verdict(paying):
    response = await call(paying, "pay", {"amount": 2**70})
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
