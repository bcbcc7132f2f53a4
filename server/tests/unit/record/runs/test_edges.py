"""Who gave work to whom, from records and from the spans of others."""

from __future__ import annotations

from typing import Any

from holdfast_server.record.runs.edges import Began, Node, find_edges

Told = set[tuple[str, str, str, str]]


def told(nodes: list[Node], *runs: Began) -> Told:
    return {(one.source, one.target, one.kind, one.step) for one in find_edges(nodes, runs)}


def node(name: str, parent: str, kind: str, agent: str, target: str = "", **more: Any) -> Node:
    return Node(name, parent, kind, agent, target, more.pop("at", len(name)), **more)


def test_a_child_run_is_a_delegation_and_one_that_took_over_a_hand_off() -> None:
    nodes = [
        node("d", "r1", "delegate", "coordinator", "refunds", governed=True),
        node("h", "r1", "delegate", "coordinator", "billing", governed=True),
    ]
    runs = [
        Began("a", "coordinator", "r1", "", "", takes_over=False, started_ns=1),
        Began("b", "refunds", "r2", "d", "a", takes_over=False, started_ns=2),
        Began("c", "billing", "r3", "h", "a", takes_over=True, started_ns=3),
    ]
    found = find_edges(nodes, runs)
    assert [(one.target, one.kind, one.step, one.child_run) for one in found] == [
        ("refunds", "delegation", "d", "b"),
        ("billing", "hand_off", "h", "c"),
    ]


def test_a_delegate_step_that_nobody_answers_is_an_edge_all_the_same() -> None:
    alone = [node("d", "r1", "delegate", "coordinator", "elsewhere", governed=True)]
    assert told(alone) == {("coordinator", "elsewhere", "delegation", "d")}


def test_an_agent_below_another_is_a_delegation_whatever_stands_between() -> None:
    nodes = [
        node("1", "", "start", "coordinator"),
        node("2", "1", "tool", "", "ask_refunds"),
        node("3", "2", "span", ""),
        node("4", "3", "delegate", "refunds"),
        node("5", "4", "model", "refunds"),
        node("6", "4", "delegate", "refunds"),
    ]
    assert told(nodes) == {("coordinator", "refunds", "delegation", "4")}


def test_the_agent_that_goes_on_after_a_hand_off_tool_took_over() -> None:
    nodes = [
        node("w", "", "span", "", at=1),
        node("a", "w", "delegate", "coordinator", at=2),
        node("t", "a", "tool", "", "transfer_to_refunds", at=3),
        node("b", "w", "delegate", "refunds", at=4),
        node("c", "w", "delegate", "billing", at=5),
    ]
    assert told(nodes) == {("coordinator", "refunds", "hand_off", "t")}


def test_agents_beside_each_other_without_a_hand_off_gave_each_other_nothing() -> None:
    nodes = [node("a", "w", "delegate", "one"), node("b", "w", "delegate", "two")]
    assert told(nodes) == set()


def test_circles_and_missing_parents_end_the_way_up() -> None:
    nodes = [
        node("1", "2", "span", ""),
        node("2", "1", "span", ""),
        node("3", "2", "delegate", "lost"),
        node("4", "4", "delegate", "own parent"),
        node("5", "nowhere", "delegate", "orphan"),
    ]
    assert told(nodes) == set()
