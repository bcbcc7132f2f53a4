"""The packs do what their own tests say, and who extends one can only be stricter."""

from __future__ import annotations

import pytest

from holdfast.action import Contract, Effect
from holdfast.decision import STARTER, Source, compile_bundle
from holdfast.decision.packs import PACK_NAMES, find_pack, find_tests
from holdfast.decision.trial import read_trials, run_trials
from holdfast.errors import PolicySyntaxError

PARENT = Source(
    "house.yaml",
    "agents: {'*': {tools: ['look*', note]}, ben: {}}\n"
    "tools: {pay: {effect: spend}}\n"
    "detectors: {cycles: {warn: 2, halt: 4}}\n"
    "flow: {approver: boss, depth_max: 4}\n"
    "breakers: {tools: null}\n"
    "rules: [{deny_tools: {tools: [drop]}}]\n",
)


@pytest.mark.parametrize("name", PACK_NAMES)
def test_a_pack_does_what_its_own_tests_say(name: str) -> None:
    trials = read_trials(find_tests(name), path=f"{name}.test.yaml")
    outcomes = list(run_trials(compile_bundle([find_pack(name)]), trials))
    assert len(outcomes) >= 10
    assert not [f"{one.name}: {one.got}\n{one.why}" for one in outcomes if not one.ok]


@pytest.mark.parametrize("name", PACK_NAMES)
def test_a_pack_needs_nothing_else_and_says_its_own_name(name: str) -> None:
    bundle = compile_bundle([find_pack(name)])
    assert not bundle.warnings
    assert bundle.rule(f"{name}/allow_agents")
    assert f"pack: {name}\n" in find_pack(name).text


def test_a_pack_is_found_by_the_name_another_extends() -> None:
    mine = Source("mine.yaml", "extends: finance\nrules: [{deny_tools: {tools: [pay]}}]\n")
    bundle = compile_bundle([mine], contracts=[Contract("pay", effect=Effect.SPEND)])
    assert [one.name for one in bundle.sources] == ["finance.yaml", "mine.yaml"]
    assert bundle.rule("finance/spend_limit/deny")
    assert bundle.rule("mine/deny_tools")
    assert bundle.hash != compile_bundle([find_pack("finance")], contracts=bundle.contracts.values()).hash


def test_a_pack_that_stands_there_already_is_not_taken_twice() -> None:
    bundle = compile_bundle([STARTER, Source("mine.yaml", "extends: [starter]\n")])
    assert [one.name for one in bundle.sources] == ["starter.yaml", "mine.yaml"]


def test_what_a_parent_forbids_no_child_allows() -> None:
    child = Source("mine.yaml", "extends: house\nrules: [{allow_tools: {tools: ['*']}}]\n")
    tool = Contract("drop", effect=Effect.DESTROY)
    gate = compile_bundle([PARENT, child], contracts=[tool]).gates["drop"]
    assert {one.id for one in gate.policies} == {"house/deny_tools", "mine/allow_tools"}


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("extends: finanse\n", 1, 1, "Did you mean finance?"),
        ("extends: mine\n", 1, 1, "extends itself"),
        ("extends: house\nagents: {eve: {tools: ['*']}}\n", 2, 10, "more tools here than house"),
        ("extends: house\nagents: {'*': {tools: [drop]}}\n", 2, 10, "It may use: look*, note."),
        ("extends: house\ndetectors: {cycles: off}\n", 2, 13, "stricter about cycles"),
        ("extends: house\ndetectors: {cycles: {halt: 5}}\n", 2, 13, "stricter about cycles"),
        ("extends: house\ntools: {pay: {effect: read}}\n", 2, 9, "settled effect of pay"),
        ("extends: house\nflow: {depth_max: 5}\n", 2, 8, "settled depth_max"),
        ("extends: house\nflow: {approver: me}\n", 2, 8, "settled approver"),
        ("extends: house\nenforcement: {house/deny_tools: shadow}\n", 2, 15, "cannot make it count less"),
        ("extends: house\nrules: []\nbreakers: {models: null}\n", 3, 1, "settled breakers"),
    ],
)
def test_a_child_that_loosens_its_parent_is_a_load_error(
    text: str, line: int, column: int, says: str
) -> None:
    with pytest.raises(PolicySyntaxError) as caught:
        compile_bundle([PARENT, Source("mine.yaml", text)])
    assert says in f"{caught.value} {caught.value.hint}"
    assert (caught.value.path, caught.value.line, caught.value.column) == ("mine.yaml", line, column)


@pytest.mark.parametrize(
    "text",
    [
        "agents: {eve: {tools: [look_up, note]}, ben: {tools: [drop]}}",
        "detectors: {cycles: {halt: 2}, exchanges: off}",
        "tools: {pay: {effect: spend, egress: true}}",
        "flow: {depth_max: 2}",
        "budgets: [{calls: 5}]",
    ],
)
def test_a_child_may_be_stricter_and_speak_of_what_its_parent_left_open(text: str) -> None:
    stricter = compile_bundle([PARENT, Source("mine.yaml", f"extends: house\n{text}\n")])
    assert stricter.hash != compile_bundle([PARENT, Source("mine.yaml", "extends: house\n")]).hash
