"""`holdfast replay`: a real program goes through a recorded run again, against a real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from holdfast.testing import Reply, ScriptedProvider, call, say, turns

pytest.importorskip("openai")

HOLDFAST = str(Path(sys.executable).with_name("holdfast"))
PROGRAM = '''
import json, sys
from pathlib import Path
import holdfast, openai

holdfast.init()
world = Path(sys.argv[2])

def happened(what):
    with world.open("a") as file:
        file.write(what + "\\n")

@holdfast.tool(effect="read", labels=())
def look_up(order: str) -> dict:
    """Find an order."""
    happened(f"look_up {order}")
    return {"order": order, "total": 30}

@holdfast.tool(effect="spend", labels=(), reversible=True)
def refund(amount: int) -> str:
    """Give money back."""
    happened(f"refund {amount}")
    return f"refunded {amount}"

TOOLS = {"look_up": look_up, "refund": refund}

@holdfast.agent("support")
def work(question):
    client = openai.OpenAI(base_url=sys.argv[1], api_key="unused", max_retries=0)
    messages = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": question}]
    any_object = {"type": "object"}
    tools = [{"type": "function", "function": {"name": name, "parameters": any_object}} for name in TOOLS]
    ask = client.chat.completions.create
    while True:
        said = ask(model="gpt-4o", messages=messages, tools=tools).choices[0].message
        messages.append(said.model_dump(exclude_none=True))
        if not said.tool_calls:
            return said.content
        for asked in said.tool_calls:
            try:
                result = TOOLS[asked.function.name](**json.loads(asked.function.arguments))
            except holdfast.Refused as error:
                result = str(error)
            text = result if isinstance(result, str) else json.dumps(result)
            messages.append({"role": "tool", "tool_call_id": asked.id, "content": text})

print(work("Refund order A-1, please."))
holdfast.shutdown()
'''
POLICIES = """
agents:
  "*": {}
rules:
  - allow_agents: {}
  - allow_effects: {effects: [read, write, send, spend]}
"""
STRICT = POLICIES + "  - deny_tools: {tools: [refund], message: Nobody gives money back.}\n"


REPLIES = call("look_up", order="A-1"), call("refund", amount=30), say("I gave you 30 back.")


class Shop:
    """The program, the provider it asks and the server that records it."""

    def __init__(self, server: Any, folder: Path, recorded: str = "") -> None:
        self.server, self.folder, self.recorded = server, folder, recorded
        self.world = folder / "world.txt"
        self.program = folder / "program.py"
        self.program.write_text(PROGRAM)

    def command(self, provider: ScriptedProvider) -> tuple[str, ...]:
        return (sys.executable, str(self.program), provider.openai_url, str(self.world))

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "HOLDFAST_SERVER": self.server.url,
            "HOLDFAST_DATA": str(self.folder / "agent"),
        }
        return subprocess.run(
            command,
            env=environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def record(self) -> str:
        """Run the program once; returns the run."""
        with ScriptedProvider(turns(*REPLIES)) as provider:
            done = self.run(*self.command(provider))
        assert done.returncode == 0, done.stderr
        self.server.wait_stored()
        self.world.unlink()
        return self.server.http.get("/v1/runs", params={"agent": "support"}).json()["items"][0]["id"]

    def replay(
        self, run: str, *options: str, replies: tuple[Reply, ...] = ()
    ) -> tuple[dict[str, Any], str, int]:
        """What `holdfast replay --json` says, what really happened, and how many live answers were given."""
        with ScriptedProvider(turns(*replies)) as provider:
            done = self.run(HOLDFAST, "replay", run, "--json", *options, "--", *self.command(provider))
            asked = len(provider.requests)
        out = done.stdout[done.stdout.index("{") :]
        said = json.loads(out)
        said["printed"] = done.stdout.partition("\n")[0]
        return said, self.world.read_text() if self.world.exists() else "", asked

    def steps(self, run: str) -> list[dict[str, Any]]:
        return self.server.http.get(f"/v1/runs/{run}/recording").json()["steps"]


@pytest.fixture(scope="module")
def recorded(up_for_all: Any, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A server, and a run that it recorded: replaying it leaves it as it is."""
    folder = tmp_path_factory.mktemp("recorded")
    (folder / "policies").mkdir()
    (folder / "policies" / "shop.yaml").write_text(POLICIES)
    shop = Shop(up_for_all(None, "--policies", str(folder / "policies"), spans="chdb://"), folder)
    shop.recorded = shop.record()
    return shop


@pytest.fixture
def shop(recorded: Shop, tmp_path: Path) -> Shop:
    return Shop(recorded.server, tmp_path, recorded.recorded)


def test_a_whole_replay_does_the_same_and_nothing_really_happens(shop: Shop) -> None:
    run = shop.recorded
    said, happened, asked = shop.replay(run)
    assert (happened, asked) == ("", 0)
    assert said["printed"] == "I gave you 30 back."
    assert (said["served"], said["live"], said["drifted"], said["unused"]) == (5, 0, [], [])
    assert said["comparison"]["text"] == "Both did the same."
    assert said["status"] == 0


def test_another_answer_leads_elsewhere_and_shows_where(shop: Shop) -> None:
    run = shop.recorded
    second = [step for step in shop.steps(run) if step["kind"] == "model"][1]
    said, happened, asked = shop.replay(run, "--from", second["id"], "--answer", "I may not do that.")
    assert (happened, asked) == ("", 0)
    assert said["printed"] == "I may not do that."
    assert said["forked"]
    assert "refund" in said["comparison"]["text"]


def test_another_message_is_asked_of_the_live_model_and_tools_still_do_nothing_new(shop: Shop) -> None:
    run = shop.recorded
    second = [step for step in shop.steps(run) if step["kind"] == "model"][1]
    said, happened, asked = shop.replay(
        run,
        *("--from", second["id"], "--message", "Refund only 5."),
        replies=(say("unasked"), call("refund", amount=5), say("Done.")),
    )
    assert (happened, asked) == ("", 2)
    assert said["missing"] == ["refund"]
    assert said["live"] == 2


def test_live_tools_run_from_the_fork_on_and_never_before(shop: Shop) -> None:
    run = shop.recorded
    second = [step for step in shop.steps(run) if step["kind"] == "model"][1]
    _, happened, _ = shop.replay(
        run,
        *("--from", second["id"], "--message", "Refund only 5.", "--tools", "live"),
        replies=(say("unasked"), call("refund", amount=5), say("Done.")),
    )
    assert happened == "refund 5\n"


def test_another_result_is_what_the_program_sees(shop: Shop) -> None:
    run = shop.recorded
    looked = next(step for step in shop.steps(run) if step["target"] == "look_up")
    assert json.loads(looked["result"]) == {"order": "A-1", "total": 30}
    said, happened, asked = shop.replay(
        run,
        "--from",
        looked["id"],
        "--result",
        '{"total": 0}',
        replies=(say("unasked"), say("There is nothing to give back.")),
    )
    assert (said["printed"], happened, asked) == ("There is nothing to give back.", "", 1)


def test_other_policies_judge_the_recorded_run(shop: Shop) -> None:
    run = shop.recorded
    strict = shop.folder / "strict.yaml"
    strict.write_text(STRICT)
    said, happened, _ = shop.replay(run, "--policies", str(strict))
    assert happened == ""
    comparison = said["comparison"]
    assert comparison["right_run"]["denied"] == 1
    assert "refund" in comparison["text"]


def test_a_step_that_is_not_in_the_recording_is_said(shop: Shop) -> None:
    run = shop.recorded
    with ScriptedProvider() as provider:
        done = shop.run(HOLDFAST, "replay", run, "--from", "f" * 16, "--", *shop.command(provider))
    assert done.returncode == 2
    assert "is no call of a model or tool" in done.stderr
    assert not shop.world.exists()


def test_a_program_that_does_something_else_is_told_apart(shop: Shop) -> None:
    run = shop.recorded
    shop.program.write_text(PROGRAM.replace("Refund order A-1, please.", "Hello."))
    said, happened, _ = shop.replay(run)
    assert happened == ""
    assert len(said["drifted"]) == 3


def test_a_run_that_nobody_governed_has_no_recording(shop: Shop, trace_request: Any) -> None:
    body = trace_request(3).SerializeToString()
    shop.server.http.post("/v1/traces", content=body, headers={"content-type": "application/x-protobuf"})
    shop.server.wait_stored()
    run = shop.server.http.get("/v1/runs").json()["items"][0]["id"]
    answer = shop.server.http.get(f"/v1/runs/{run}/recording")
    assert answer.status_code == 404
    assert "Only runs that the SDK governed" in answer.json()["hint"]
