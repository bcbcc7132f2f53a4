"""Authority along a chain: in one process, and handed over to another, signed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import holdfast
from holdfast.guard import here, read_sources, standing
from holdfast.guard.handed import HEADER, REPLY_HEADER, Keys
from holdfast.guard.here import NOWHERE
from holdfast.guard.sessions import LiveSession

pytestmark = pytest.mark.integration
RULES = """
agents:
  intern: {tools: [look_up], agents: ["*"]}
  worker: {}
  boss: {}
tools:
  look_up: {effect: read, output_labels: []}
  browse: {effect: read}
  export: {effect: send, output_labels: []}
rules:
  - allow_agents: {}
  - allow_effects: {effects: [read, write, send, spend, execute, destroy]}
flow: {depth_max: 3}
"""
WIDER = RULES.replace("tools: [look_up]", 'tools: ["*"]')
WORKER = """
import json, sys
import holdfast

holdfast.init()
told = {}

@holdfast.tool(effect="send")
def export(rows: int = 1) -> str:
    return "exported"

@holdfast.tool(effect="read")
def look_up(order: str = "") -> str:
    return "found"

@holdfast.agent(sys.argv[1] if len(sys.argv) > 1 else "worker")
def work():
    from holdfast.guard import here
    told["chain"] = [link.agent for link in here().run.chain]
    told["trace"], told["session"] = here().run.trace, here().run.session.id
    for tool in (look_up, export):
        try:
            told[tool.__name__] = tool()
        except holdfast.Denied as refusal:
            told[tool.__name__] = str(refusal)

try:
    with holdfast.accept() as work_here:
        told["labels"] = sorted(work_here.session.labels)
        told["since"] = dict(work_here.session.state.origins.since)
        work()
        told["reply"] = work_here.headers
except holdfast.HoldfastError as error:
    told["error"] = f"{type(error).__name__}: {error}"
holdfast.shutdown()
print(json.dumps(told))
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES)
    return path


@pytest.fixture
def guard(rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    home = tmp_path / "boss"
    home.mkdir()
    worker = Keys(tmp_path / "worker" / ".holdfast" / "keys").public
    (home / "holdfast.toml").write_text(f'[guard]\ndelegation_keys = ["{worker}"]\n')
    monkeypatch.chdir(home)
    made = holdfast.init(policies=rules, data=tmp_path / "data", integrations=False)
    yield made
    holdfast.shutdown()


@pytest.fixture
def call_worker(tmp_path: Path, guard: Any) -> Callable[..., dict[str, Any]]:
    """The other process: its own folder, its own rules, and trust in this one's key."""
    home = tmp_path / "worker"
    (home / "rules.yaml").write_text(WIDER)
    (home / "holdfast.toml").write_text(
        f'policies = "rules.yaml"\nintegrations = false\n[guard]\ndelegation_keys = ["{guard.keys.public}"]\n'
    )

    def call(environ: dict[str, str], *arguments: str) -> dict[str, Any]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")}
        done = subprocess.run(
            [sys.executable, "-c", WORKER, *arguments],
            cwd=home, env=kept | environ, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return call


def test_another_process_acts_with_the_authority_of_all_behind_it(
    call_worker: Callable[..., dict[str, Any]],
) -> None:
    @holdfast.tool(effect="read")
    def browse() -> str:
        return "a page"

    @holdfast.agent("intern")
    def ask() -> dict[str, Any]:
        with holdfast.delegate("worker", input="export it") as hand_off:
            told = call_worker(hand_off.environ)
            hand_off.returned(told, told["reply"])
        run = here().run
        assert run is not None
        return {**told, "here": (run.trace, run.session.id, sorted(run.session.labels))}

    told = ask()
    trace, session, labels = told["here"]
    assert told["chain"] == ["intern", "worker"]
    assert (told["trace"], told["session"]) == (trace, session)
    assert told["look_up"] == "found"
    # The worker's own rules would let both of them export: what was handed over is not widened by them.
    assert "was outside of the scope of intern when it handed this over" in told["export"]
    assert labels == [], "the worker's process says what came in there, and nothing did"


def test_labels_go_along_and_come_back(call_worker: Callable[..., dict[str, Any]], guard: Any) -> None:
    @holdfast.agent("boss")
    def ask() -> frozenset[str]:
        session = this_session()
        with session.lock:
            session.state.label("payroll")
            session.state.origins.since["payroll"] = ("0" * 16, "read_payroll")
        with holdfast.delegate("worker") as hand_off:
            told = call_worker(hand_off.environ)
            assert told["labels"] == ["payroll"]
            assert told["since"] == {"payroll": ["0" * 16, "read_payroll"]}
            hand_off.returned(told, told["reply"])
        clean = session.labels
        with holdfast.delegate("worker") as hand_off:
            hand_off.returned("an answer", {"Holdfast-Labels": told["reply"]["Holdfast-Labels"]})
        assert clean == {"payroll"}
        return session.labels

    # The labels of another hand-off say nothing of this answer.
    assert ask() == {"payroll", "untrusted"}


def test_an_answer_that_does_not_say_where_it_came_from_is_untrusted(guard: Any) -> None:
    @holdfast.agent("boss")
    def ask() -> frozenset[str]:
        with holdfast.delegate("worker") as hand_off:
            hand_off.returned("an answer", {"Holdfast-Labels": "hf1.e30.e30"})
        return this_session().labels

    assert ask() == {"untrusted"}


def this_session() -> LiveSession:
    run = here().run
    assert run is not None
    return run.session


def _hand_off(agent: str = "worker") -> str:
    with holdfast.delegate(agent) as hand_off:
        return hand_off.token


def test_a_hand_off_is_for_one_agent_once_and_not_for_long(
    call_worker: Callable[..., dict[str, Any]], guard: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = holdfast.agent("boss")(_hand_off)()
    wrong = call_worker({"HOLDFAST_DELEGATION": token}, "intern")
    assert "handed this over to worker, not to intern" in wrong["error"]
    again = call_worker({"HOLDFAST_DELEGATION": token})
    assert again["error"].startswith("Refused: the hand-off was accepted before")
    late = guard.keys.read_handed(token, now_ns=0)
    with pytest.raises(holdfast.Refused, match="expired"):
        guard.keys.read_handed(token, now_ns=late.expires_ns)
    assert late.expires_ns > time.time_ns()


def test_a_hand_off_that_was_changed_or_signed_by_others_is_refused(
    call_worker: Callable[..., dict[str, Any]], guard: Any, tmp_path: Path
) -> None:
    token = holdfast.agent("boss")(_hand_off)()
    version, body, signature = token.split(".")
    flipped = "A" if body[20] != "A" else "B"
    changed = f"{version}.{body[:20]}{flipped}{body[21:]}.{signature}"
    assert call_worker({"HOLDFAST_DELEGATION": changed})["error"].startswith("Tampered")
    stranger = Keys(tmp_path / "stranger")
    forged = stranger.sign(guard.keys.read_handed(token, now_ns=0))
    assert call_worker({"HOLDFAST_DELEGATION": forged})["error"].startswith("Tampered")
    assert call_worker({})["error"].startswith("Refused: nothing was handed over")


def test_a_hand_off_to_another_session_is_refused(guard: Any) -> None:
    token = holdfast.agent("boss")(_hand_off)()
    with pytest.raises(holdfast.Refused, match="another session"), holdfast.accept(token, session="mine"):
        pass
    with holdfast.accept({HEADER.lower(): token}) as work:
        assert REPLY_HEADER in work.headers


def test_cycles_and_depth_are_refused(guard: Any) -> None:
    @holdfast.agent("boss")
    def boss() -> None:
        worker()

    @holdfast.agent("worker")
    def worker() -> None:
        with pytest.raises(holdfast.Denied, match="boss already waits for this"):
            holdfast.agent("boss")(lambda: None)()
        with pytest.raises(holdfast.Denied, match="boss already waits"), holdfast.delegate("boss"):
            pass
        intern()

    @holdfast.agent("intern")
    def intern() -> None:
        with pytest.raises(holdfast.Denied, match="the limit is 3"), holdfast.delegate("fourth"):
            pass

    boss()


def test_what_was_handed_over_is_never_widened(guard: Any, rules: Path) -> None:
    @holdfast.tool(effect="send")
    def export(rows: int = 1) -> str:
        return "exported"

    @holdfast.agent("worker")
    def worker() -> str:
        with pytest.raises(holdfast.Denied, match="outside of the scope of intern"):
            export()
        rules.write_text(WIDER)
        assert guard.rules.replace(read_sources(rules), origin="a wider rule")
        with pytest.raises(holdfast.Denied, match="outside of the scope of intern when it handed this over"):
            export()
        return "done"

    assert holdfast.agent("intern")(worker)() == "done"
    # A new hand-off is judged by the new rules.
    assert holdfast.agent("intern")(holdfast.agent("worker")(export))() == "exported"


async def test_both_sides_work_in_coroutines(guard: Any) -> None:
    @holdfast.agent("worker")
    async def work() -> list[str]:
        run = here().run
        assert run is not None
        return [link.agent for link in run.chain]

    @holdfast.agent("boss")
    async def ask() -> tuple[list[str], frozenset[str]]:
        async with holdfast.delegate("worker") as hand_off:
            with standing(NOWHERE):
                async with holdfast.accept(hand_off.headers) as there:
                    chain = await work()
                    headers = there.headers
            hand_off.returned(chain, headers)
        run = here().run
        assert run is not None
        return chain, run.session.labels

    assert await ask() == (["boss", "worker"], frozenset())
