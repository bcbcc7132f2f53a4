from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.action import Kind
from holdfast.cli.question import Question, infer_schema, parse_question, prepare
from holdfast.decision import STARTER, compile_bundle, decide
from holdfast.errors import Invalid

BUNDLE = compile_bundle([STARTER])


def parse(question: Any) -> Question:
    return parse_question(json.dumps(question).encode())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"not json", "not JSON"),
        (b"[1]", "one JSON object"),
        (b'{"tool": "a", "tool": "b"}', "stands twice"),
        (b'{"tool": "a", "arguments": [1]}', r"`\$\.arguments`"),
        (b'{"tool": "a", "arguments": {"n": NaN}}', "NaN"),
        (b'{"tool": "a", "kind": "tol"}', r"`\$\.kind`"),
        (b'{"tool": "a", "estimate": {"tokens_in": "many"}}', r"`\$\.estimate\.tokens_in`"),
        (b'{"tool": "a", "aproval": ["owner"]}', "aproval"),
        (b'{"tool": "a", "labels": "untrusted"}', r"`\$\.labels`"),
    ],
)
def test_bad_input_is_refused_with_the_path_in_the_message(text: bytes, told: str) -> None:
    with pytest.raises(Invalid, match=told):
        parse_question(text)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ({}, r"\$\.target is missing"),
        ({"tool": "a", "target": "b"}, "different things"),
        ({"tool": "a", "kind": "model"}, r"\$\.tool does not belong"),
        ({"tool": "a", "contract": {"efect": "send"}}, "efect"),
        ({"tool": "a", "contract": {"effect": "sned"}}, r"`\$\.contract\.effect`"),
        ({"tool": "a", "contract": {"tool": "b"}}, r"\$\.contract\.tool"),
    ],
)
def test_what_contradicts_itself_is_refused(question: dict[str, Any], told: str) -> None:
    with pytest.raises(Invalid, match=told):
        prepare(parse(question), BUNDLE)


def test_tool_and_target_are_two_words_for_one_thing() -> None:
    one = prepare(parse({"tool": "search"}), BUNDLE).action
    other = prepare(parse({"target": "search"}), BUNDLE).action
    assert one == other
    assert one.kind is Kind.TOOL


def test_the_same_question_is_the_same_action() -> None:
    question = parse({"tool": "search", "arguments": {"q": "x"}, "chain": ["boss"]})
    first, second = prepare(question, BUNDLE).action, prepare(question, BUNDLE).action
    assert first == second
    assert prepare(parse({"tool": "search", "arguments": {"q": "y"}}), BUNDLE).action.id != first.id


def test_the_chain_ends_with_the_agent_itself() -> None:
    for chain in (["boss"], ["boss", "worker"]):
        action = prepare(parse({"tool": "a", "agent": "worker", "chain": chain}), BUNDLE).action
        assert [actor.agent for actor in action.chain] == ["boss", "worker"]


def test_labels_endorsements_and_approvals_reach_the_session() -> None:
    asked = prepare(
        parse({"tool": "a", "labels": ["private"], "endorse": ["ada@example.org"], "approvals": ["owner"]}),
        BUNDLE,
    )
    assert asked.session.labels == {"private"}
    assert asked.approvals == {"owner"}


def test_an_unknown_tool_stays_refused() -> None:
    asked = prepare(parse({"tool": "unheard_of", "arguments": {"x": 1}}), BUNDLE)
    assert decide(asked.action, asked.session, asked.bundle).verdict == "deny"


def test_a_schema_that_somebody_wrote_is_kept() -> None:
    contract = {"effect": "read", "parameters": {"type": "object", "properties": {"q": {"type": "string"}}}}
    asked = prepare(parse({"tool": "a", "arguments": {"other": 1}, "contract": contract}), BUNDLE)
    assert asked.notes == ()
    decision = decide(asked.action, asked.session, asked.bundle)
    assert (decision.verdict, decision.stage) == ("deny", "contract")


def test_a_schema_read_off_the_arguments_is_said() -> None:
    asked = prepare(parse({"tool": "a", "arguments": {"q": "x"}, "contract": {"effect": "read"}}), BUNDLE)
    assert len(asked.notes) == 1
    assert decide(asked.action, asked.session, asked.bundle).verdict == "allow"


def test_a_cost_is_kept_in_millionths_and_an_unknown_one_stays_unknown() -> None:
    known = parse({"kind": "model", "target": "a/b", "estimate": {"tokens_in": 5, "cost_usd": 0.25}})
    unknown = parse({"kind": "model", "target": "a/b", "estimate": {"cost_usd": None}})
    assert prepare(known, BUNDLE).action.estimate.cost_micro_usd == 250_000
    assert prepare(unknown, BUNDLE).action.estimate.cost_micro_usd is None


def values() -> st.SearchStrategy[Any]:
    numbers = st.integers(-(2**40), 2**40) | st.floats(allow_nan=False, allow_infinity=False)
    leaves = st.none() | st.booleans() | numbers | st.text()
    return st.recursive(
        leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
    )


@given(st.dictionaries(st.text(), values()))
def test_a_value_always_fits_the_schema_read_off_it(value: dict[str, Any]) -> None:
    import jsonschema_rs

    assert jsonschema_rs.is_valid(infer_schema(value), value)
