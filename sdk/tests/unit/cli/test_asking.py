"""The commands that ask a server: what they send, what they show, how they end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from holdfast.cli.group import holdfast

RUN = {
    "id": "a" * 32, "agent": "refunds", "version": "3", "owner": "support", "person": "ada", "session": "s1",
    "title": "refund order A-17", "state": "halted", "error": "", "started_at": "2026-01-02T03:04:05Z",
    "duration_ms": 1500.0, "steps": 4, "model_calls": 1, "tool_calls": 3, "denied": 1, "asked": 1,
    "tokens_in": 1200, "tokens_out": 80, "cost_usd": 0.25, "unpriced_calls": 1, "chain": ["desk", "refunds"],
    "labels": ["untrusted"], "verdicts": {"allow": 2, "transform": 0, "ask": 1, "deny": 1, "halt": 0},
    "budgets": [{"scope": "session", "unit": "usd", "limit": 10.0, "used": 0.25, "held": 0.5}],
    "stopped_by": {"rule": "holdfast:kill", "message": "Stopped by a person.", "stage": "kill"},
    "kill": {"by": "ada", "reason": "enough"},
}  # fmt: skip
STEP = {
    "id": "b" * 16, "started_at": "2026-01-02T03:04:05Z", "agent": "refunds", "kind": "tool",
    "target": "refund", "state": "refused", "verdict": "deny", "duration_ms": None, "cost_usd": None,
    "reasons": [{"rule": "refunds/threshold"}],
}  # fmt: skip
APPROVAL = {
    "id": "apr_1", "state": "pending", "agent": "refunds", "version": "3", "chain": ["refunds"], "person": "",
    "run": "a" * 32, "kind": "tool", "target": "refund", "effect": "spend", "arguments": {"amount": 250},
    "unendorsed": ["to=DE99"], "roles": ["owner", "lead"], "digest": "d" * 64, "note": "", "edited": False,
    "reasons": [{"rule": "r1", "message": "Spending over 100 needs the owner."}],
    "asked_at": "2026-01-02T03:04:05Z", "expires_at": "2026-01-03T03:04:05Z", "answered_at": None,
    "answered_by": "", "approved_arguments": None, "used_at": None, "answers": [],
}  # fmt: skip
AGENT = {
    "agent": "refunds", "version": "3", "owner": "support", "framework": "langgraph", "runs": 12,
    "tools": ["a", "b", "c", "d", "e", "f"], "models": ["openai/gpt-5"], "last_seen": "2026-01-02T03:04:05Z",
}  # fmt: skip
KILL = {
    "id": "kill_1", "scope": "agent", "target": "refunds", "reason": "enough", "by": "ada",
    "at": "2026-01-02T03:04:05Z", "lifted_at": None, "lifted_by": "",
    "seen": [{"process": "p", "latency_ms": 12.0}, {"process": "q", "latency_ms": 31.4}],
}  # fmt: skip


class Fake(httpx.BaseTransport):
    """A server that answers what it was told to, and remembers what it was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str, Any]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else None
        self.asked.append((request.method, request.url.raw_path.decode(), body))
        status, answer = self.answers[f"{request.method} {request.url.path}"]
        return httpx.Response(status, json=answer)


def page(*items: Any) -> tuple[int, Any]:
    return 200, {"items": list(items), "next": None}


def ask(fake: Fake, *said: str, answer: str = "") -> Result:
    return CliRunner().invoke(holdfast, said, obj=fake, input=answer)


def test_runs_are_asked_for_as_they_were_said_and_shown_in_a_row() -> None:
    fake = Fake(**{"GET /v1/runs": page(RUN)})
    done = ask(fake, "runs", "--state", "halted", "--state", "lost", "--agent", "refunds", "--q", "A-17")
    assert fake.asked == [("GET", "/v1/runs?q=A-17&agent=refunds&state=halted&state=lost&limit=50", None)]
    assert done.exit_code == 0
    for told in ("a" * 32, "halted", "1.5 s", "≥ $0.2500", "refund order A-17"):
        assert told in done.stdout


def test_json_is_what_the_server_said() -> None:
    fake = Fake(**{"GET /v1/runs": page(RUN)})
    assert json.loads(ask(fake, "runs", "--json").stdout) == {"items": [RUN], "next": None}


def test_one_run_comes_with_who_stopped_it_and_its_steps() -> None:
    run = "a" * 32
    fake = Fake(**{f"GET /v1/runs/{run}": (200, RUN), f"GET /v1/runs/{run}/steps": page(STEP)})
    told = ask(fake, "runs", "show", run).stdout
    for part in (
        "desk → refunds", "holdfast:kill: Stopped by a person.", "by ada: enough", "2 allow, 1 ask, 1 deny",
        "session: 0.25 of 10 usd, 0.5 held", "untrusted", "refunds/threshold", "1,200 in, 80 out",
    ):  # fmt: skip
        assert part in told
    assert json.loads(ask(fake, "runs", "show", run, "--json").stdout)["steps"]["items"] == [STEP]


def test_one_run_comes_with_what_it_left_that_the_world_does_not_show() -> None:
    run = "a" * 32
    undo = {"tool": "cancel", "arguments": {"id": "R7"}}
    left = STEP | {"observed": "contradicted", "observed_detail": "get shows status='open'", "undo": undo}
    fake = Fake(**{f"GET /v1/runs/{run}": (200, RUN), f"GET /v1/runs/{run}/steps": page(left, STEP)})
    told = ask(fake, "runs", "show", run).stdout
    step = f"refund ({STEP['id']}) is contradicted: get shows status='open'"
    assert f'unproven    {step}; taken back by cancel {{"id": "R7"}}\n' in told


def test_agents_are_listed_with_a_word_on_what_was_left_out() -> None:
    told = ask(Fake(**{"GET /v1/agents": page(AGENT)}), "agents").stdout
    assert "a, b, c, d and 2 more" in told
    assert "openai/gpt-5" in told


def test_approvals_that_wait_are_listed_unless_all_are_asked_for() -> None:
    fake = Fake(**{"GET /v1/approvals": page(APPROVAL)})
    assert "Spending over 100 needs the owner." in ask(fake, "approvals").stdout
    ask(fake, "approvals", "--all")
    assert [path for _, path, _ in fake.asked] == [
        "/v1/approvals?state=pending&limit=50",
        "/v1/approvals?limit=50",
    ]


def test_one_approval_shows_everything_a_person_must_know() -> None:
    told = ask(Fake(**{"GET /v1/approvals/apr_1": (200, APPROVAL)}), "approvals", "show", "apr_1").stdout
    for part in ('"amount": 250', "to=DE99", "owner, lead", "d" * 64, "tool refund (spend)", "r1: Spending"):
        assert part in told


@pytest.mark.parametrize("in_file", [False, True])
def test_arguments_may_be_changed_while_approving(empty_folder: Path, in_file: bool) -> None:
    answered = {**APPROVAL, "state": "approved", "edited": True}
    fake = Fake(**{"POST /v1/approvals/apr_1/answer": (200, answered)})
    (empty_folder / "edited.json").write_text('{"amount": 125}')
    edited = "@edited.json" if in_file else '{"amount": 125}'
    done = ask(fake, "approvals", "approve", "apr_1", "--by", "ada", "--note", "half", "--arguments", edited)
    [(_, _, body)] = fake.asked
    assert body == {
        "verdict": "approve",
        "by": "ada",
        "note": "half",
        "role": "",
        "arguments": {"amount": 125},
    }
    assert done.stdout == "Approved by ada with edited arguments: refund of refunds.\n"


@pytest.mark.parametrize("edited", ["{", "[1]", "@missing.json", '{"a": 1, "a": 2}'])
def test_edited_arguments_that_cannot_be_read_are_never_sent(edited: str) -> None:
    fake = Fake()
    done = ask(fake, "approvals", "approve", "apr_1", "--arguments", edited)
    assert done.exit_code == 2
    assert fake.asked == []


def test_an_approval_that_needs_more_people_says_whom() -> None:
    waiting = {**APPROVAL, "answers": [{"role": "owner", "by": "ada"}]}
    fake = Fake(**{"POST /v1/approvals/apr_1/answer": (200, waiting)})
    assert ask(fake, "approvals", "approve", "apr_1", "--by", "ada").stdout == (
        "Approved by ada; still open: lead.\n"
    )


def test_a_refusal_carries_its_note() -> None:
    fake = Fake(**{"POST /v1/approvals/apr_1/answer": (200, {**APPROVAL, "state": "refused"})})
    done = ask(fake, "approvals", "refuse", "apr_1", "--by", "ada", "--note", "too much")
    assert fake.asked[0][2] == {"verdict": "refuse", "by": "ada", "note": "too much", "role": ""}
    assert done.exit_code == 0


def test_an_answer_that_comes_too_late_fails_with_the_servers_words() -> None:
    problem = {
        "detail": "the approval is already expired",
        "hint": "Ask again for a new one.",
        "code": "conflict",
    }
    fake = Fake(**{"POST /v1/approvals/apr_1/answer": (409, problem)})
    done = ask(fake, "approvals", "approve", "apr_1")
    assert done.exit_code == 1
    assert done.stderr == "holdfast: the approval is already expired\nAsk again for a new one.\n"


@pytest.mark.parametrize(
    ("said", "body"),
    [
        (("org",), {"scope": "org", "target": "", "reason": ""}),
        (("agent", "refunds", "--reason", "x"), {"scope": "agent", "target": "refunds", "reason": "x"}),
        (("model", "openai/gpt-5"), {"scope": "model", "target": "openai/gpt-5", "reason": ""}),
    ],
)  # fmt: skip
def test_a_kill_is_ordered_for_its_scope(said: tuple[str, ...], body: dict[str, str]) -> None:
    fake = Fake(**{"POST /v1/kills": (201, KILL)})
    done = ask(fake, "kill", *said, "--by", "ada", "--yes")
    assert fake.asked == [("POST", "/v1/kills", {**body, "by": "ada"})]
    assert "holdfast kill lift kill_1" in done.stdout


@pytest.mark.parametrize(("answer", "asked", "code"), [("y\n", 1, 0), ("n\n", 0, 1), ("", 0, 1)])
def test_a_kill_is_confirmed_and_silence_is_no(answer: str, asked: int, code: int) -> None:
    fake = Fake(**{"POST /v1/kills": (201, KILL)})
    done = ask(fake, "kill", "agent", "refunds", answer=answer)
    assert (len(fake.asked), done.exit_code) == (asked, code)
    assert "Stop agent refunds at http://127.0.0.1:7420?" in done.stderr


def test_a_kill_needs_a_target_unless_it_is_for_everything() -> None:
    assert ask(Fake(), "kill", "agent", "--yes").exit_code == 2


@pytest.mark.parametrize("said", [("kills",), ("kill", "list")])
def test_kills_are_listed_with_who_has_seen_them(said: tuple[str, ...]) -> None:
    done = ask(Fake(**{"GET /v1/kills": page(KILL)}), *said)
    assert "2, in 31 ms" in done.stdout


def test_a_kill_is_lifted_by_somebody() -> None:
    fake = Fake(**{"DELETE /v1/kills/kill_1": (200, {**KILL, "lifted_by": "bob"})})
    done = ask(fake, "kill", "lift", "kill_1", "--by", "bob")
    assert fake.asked == [("DELETE", "/v1/kills/kill_1", {"by": "bob"})]
    assert "Lifted by bob: agent refunds may act again." in done.stdout


@pytest.mark.parametrize("said", [("runs",), ("agents",), ("approvals",), ("kills",)])
def test_nothing_to_show_is_said(said: tuple[str, ...]) -> None:
    done = ask(Fake(**{f"GET /v1/{said[0]}": page()}), *said)
    assert done.exit_code == 0
    assert done.stdout.strip().endswith(".")


def test_an_id_cannot_lead_to_another_path() -> None:
    fake = Fake(**{"GET /v1/approvals/../kills": (404, {"detail": "there is no such approval"})})
    assert ask(fake, "approvals", "show", "../kills").exit_code == 2
    assert fake.asked[0][1] == "/v1/approvals/..%2Fkills"


def test_the_server_of_the_settings_is_asked_unless_another_is_named(empty_folder: Path) -> None:
    (empty_folder / "holdfast.toml").write_text('server = "http://from.settings:1"\n')
    hosts: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return httpx.Response(200, json={"items": [], "next": None})

    for said in (["runs"], ["runs", "--server", "http://named:2"]):
        CliRunner().invoke(holdfast, said, obj=httpx.MockTransport(answer))
    assert hosts == ["from.settings", "named"]


BREAKER = {
    "scope": "model", "name": "openai/gpt-5", "state": "open", "failures": 7,
    "opened_at": "2026-01-02T03:04:05Z",
    "retry_at": None, "reason": "7 failures in a row with ConnectError", "processes": ["p1", "p2"],
}  # fmt: skip


def test_breakers_are_listed_with_the_reason_and_closed_by_name() -> None:
    path = "/v1/breakers/model/openai/gpt-5/reset"
    fake = Fake(**{"GET /v1/breakers": page(BREAKER), f"POST {path}": (200, BREAKER)})
    told = ask(fake, "breakers").stdout
    assert "7 failures in a row with ConnectError" in told
    done = ask(fake, "breakers", "reset", "model", "openai/gpt-5", "--by", "ann")
    assert done.stdout == "Reset by ann: the model openai/gpt-5, which was open, is called again.\n"
    assert fake.asked[-1] == ("POST", "/v1/breakers/model/openai%2Fgpt-5/reset", {"by": "ann"})
    assert "Nothing is taken for down." in ask(Fake(**{"GET /v1/breakers": page()}), "breakers").stdout
