"""What a scenario may say, and how its gaps are filled."""

from __future__ import annotations

import msgspec
import pytest

from holdfast.testing import Reply, Rule, Scenario, ToolCall, When, call, say, turns
from holdfast.testing.provider.conversation import Conversation
from holdfast.testing.provider.script import Script


def conversation(*said: tuple[str, str], tools: tuple[str, ...] = ()) -> Conversation:
    spoken = Conversation("chat", {}, {}, "gpt-4o-mini", stream=False)
    spoken.offered = {name: {} for name in tools}
    for role, text in said:
        spoken.hear(role, text)
    return spoken


def test_a_scenario_reads_from_json_and_refuses_unknown_keys():
    read = Scenario.of({"rules": [{"when": {"calls": [0, 2]}, "reply": {"tool_calls": [{"name": "look"}]}}]})
    assert read.rules[0].when.calls == (0, 2)
    assert read.rules[0].reply.tool_calls == (ToolCall("look"),)
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        Scenario.of({"rules": [{"wen": {}}]})


def test_defaults_fill_gaps_but_never_speak_over_a_tool_call():
    defaults = Reply(text="default", chunks=3)
    assert say("mine").over(defaults) == Reply(text="mine", chunks=3)
    assert call("look").over(defaults).text is None
    assert Reply().over(defaults).text == "default"


def test_turns_follow_the_conversation_and_the_last_one_stays():
    script = Script(Scenario.of(turns(say("a"), say("b"))))
    talk = conversation(("user", "hi"))
    assert script.choose(talk).reply.text == "a"
    for _ in range(3):
        talk.hear("assistant", "…")
        talk.hear("tool", "…")
        assert script.choose(talk).reply.text == "b"


def test_one_stretch_of_speaking_is_one_turn():
    talk = conversation(("user", "hi"), ("assistant", "let me"), ("assistant", "look"), ("tool", "x"))
    assert talk.turn == 1


def test_the_same_seed_gives_the_same_ids():
    scenario = Scenario(seed=7)
    assert Script(scenario).new_id() == Script(scenario).new_id()


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        (When(offers="lo.*"), True),
        (When(offers=("look", "write")), False),
        (When(not_offers="look"), False),
        (When(not_called="look", calls=0), True),
        (When(user="^hi$", system="kind"), True),
        (When(text="absent"), False),
        (When(last_result="."), False),
        (When(header={"x-team": "a"}), False),
    ],
)
def test_everything_a_condition_names_must_hold(when: When, holds: bool):
    talk = conversation(("system", "be kind"), ("user", "hi"), tools=("look",))
    assert talk.meets(when) is holds


def test_templates_fill_what_they_know_and_leave_the_rest():
    talk = conversation(("user", "hi"), ("tool", "42"))
    assert talk.fill("{{last_result}} {{calls}} {{what}}") == "42 0 {{what}}"


def test_probability_zero_never_speaks():
    script = Script(Scenario(rules=(Rule(probability=0.0, reply=say("never")),)))
    assert {script.choose(conversation()).rule for _ in range(20)} == {"default"}
