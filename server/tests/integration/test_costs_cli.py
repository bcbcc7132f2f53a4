"""`holdfast costs`, `signal`, `reliability` and `slos` against a real server: what people type and read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from holdfast.cli.group import holdfast

Say = Callable[..., Result]


@pytest.fixture
def server(up: Callable[..., Any]) -> Any:
    return up()


@pytest.fixture
def say(server: Any) -> Say:
    return lambda *words: CliRunner().invoke(holdfast, [*words, "--server", server.url])


@pytest.fixture(scope="module")
def idle(up_for_all: Callable[..., Any]) -> Say:
    """Asks a server in which nothing happens."""
    server = up_for_all()
    return lambda *words: CliRunner().invoke(holdfast, [*words, "--server", server.url])


def work(server: Any, agent: Any) -> None:
    agent.begin()
    step = agent.decide("model", "openai/gpt-4o-mini")
    about = {"provider": "openai", "usage": {"input_tokens": 1_000, "output_tokens": 100}}
    agent.end(
        step, tokens_in=1_000, tokens_out=100, cost_micro_usd=210_000, model="gpt-4o-mini", payload=about
    )
    agent.end(agent.decide("tool", "look_up"), payload={"duration_ns": 5_000_000})
    agent.finish()
    assert server.http.post("/v1/records", json=agent.envelope()).status_code == 200


def test_costs_are_listed_drawn_forecast_and_compared(server: Any, say: Say, make_agent: Any, tmp_path: Path):
    assert "Nothing was spent" in say("costs").output
    agent = make_agent()
    work(server, agent)
    assert "$0.2100" in say("costs", "--by", "model").output
    assert "1 unproven" in say("costs").output
    told = say("signal", "settled", "--run", agent.run, "--success", "--by", "ann")
    assert "settled succeeded" in told.output
    whole = json.loads(say("costs", "--by", "customer", "--json").output)
    assert (whole["total"]["cost_usd"], whole["per_success"]["cost_usd"]) == (0.21, 0.21)
    table = say("costs", "--csv").output.splitlines()
    assert table[0].startswith("cost_usd,")
    assert len(table) == 2
    assert "refunds" in say("costs", "series", "--by", "agent", "--every", "day", "--days", "2").output
    assert "nobody knows" in say("costs", "forecast", "--window", "day").output
    assert "Nothing cost far more" in say("costs", "anomalies").output
    assert "gpt-4o-mini" in say("costs", "what-if", "gpt-4o", "--provider", "openai").output
    export = tmp_path / "january.csv"
    export.write_text("usage_date_utc,model,token_type,cost_usd\n2026-01-02,Claude Haiku 4.5,output,3.5\n")
    made = json.loads(say("costs", "import", str(export), "--by", "ann", "--json").output)
    assert (made["provider"], made["billed_usd"]) == ("anthropic", 3.5)
    assert "not seen" in say("costs", "explain", made["id"]).output
    assert made["id"] in say("costs", "invoices").output


def test_reliability_and_objectives_are_read_and_set(server: Any, say: Say, make_agent: Any, tmp_path: Path):
    assert "Nothing ended" in say("reliability").output
    work(server, make_agent())
    assert "100.0%" in say("reliability").output
    assert "1 of 1" in say("reliability", "series", "--metric", "tool_success").output
    assert "Nobody was asked" in say("reliability", "escalations").output
    assert "holdfast slos set" in say("slos").output
    made = say("slos", "set", "tools", "--indicator", "tool_success", "--objective", "0.9", "--by", "ann")
    assert "90.00% of tool_success, ok" in made.output
    file = tmp_path / "slos.toml"
    file.write_text('[cheap]\nindicator = "run_cost"\nobjective = 0.5\nthreshold = 1.0\n')
    assert "cheap: 50.00%" in say("slos", "apply", str(file), "--by", "ann").output
    assert json.loads(say("slos", "--json").output)["items"][0]["name"] == "cheap"
    assert "rings from" in say("slos", "show", "tools").output
    assert "No budget ever" in say("slos", "alerts").output
    assert say("slos", "remove", "tools").exit_code == 0
    assert say("slos", "show", "tools").exit_code == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("costs", "--days", "2", "--since", "2026-01-01"), "not both"),
        (("costs", "--time-zone", "Mars/Olympus"), "Europe/Berlin"),
        (("costs", "forecast", "--run", "nobody"), "holdfast runs"),
        (("signal", "ok", "--run", "nobody", "--success", "--by", "ann"), "holdfast runs"),
        (("slos", "set", "x", "--indicator", "run_cost", "--objective", "0.9", "--by", "ann"), "threshold"),
    ],
)
def test_what_cannot_be_answered_says_the_next_step(idle: Say, words: tuple[str, ...], told: str):
    said = idle(*words)
    assert said.exit_code != 0
    assert told in said.output
