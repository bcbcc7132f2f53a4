from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.action import Contract, Effect
from holdfast.decision import STARTER, Source
from holdfast.errors import Misconfigured
from holdfast.guard.rules import Rules, local_sources, read_sources

POLICY = 'agents:\n  "*": {}\ntools:\n  refund: {effect: spend}\nrules:\n  - allow_agents: {}\n'
SCHEMA = {"type": "object", "properties": {"amount": {"type": "integer"}}}


def rules() -> Rules:
    return Rules([Source("a.yaml", POLICY)], origin="a")


def test_a_policy_files_word_is_stronger_and_the_code_fills_the_schema_in() -> None:
    told = Contract("refund", effect=Effect.READ, parameters=SCHEMA, description="Refund.")
    settled = rules().learn(told)
    assert (settled.effect, settled.parameters, settled.description) == (Effect.SPEND, SCHEMA, "Refund.")


def test_an_inferred_contract_never_replaces_a_written_one() -> None:
    known = rules()
    written = Contract("look_up", effect=Effect.READ)
    known.learn(written)
    assert known.learn(Contract("look_up", inferred=True)).effect is Effect.READ


def test_learning_the_same_again_changes_nothing() -> None:
    known = rules()
    known.learn(Contract("look_up", effect=Effect.READ))
    before = known.bundle
    known.learn(Contract("look_up", effect=Effect.READ))
    assert known.bundle is before


def test_new_rules_keep_what_was_learned() -> None:
    known = rules()
    known.learn(Contract("look_up", effect=Effect.READ))
    assert known.replace([STARTER], origin="server")
    assert known.bundle.contracts["look_up"].effect is Effect.READ
    assert known.origin == "server"


def test_rules_that_cannot_be_used_change_nothing(caplog: pytest.LogCaptureFixture) -> None:
    known = rules()
    before = known.bundle
    assert not known.replace([Source("b.yaml", "rules:\n  - no_such_preset: {}\n")], origin="server")
    assert known.bundle is before
    assert "b.yaml" in known.error
    assert "not in force" in caplog.text


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.cedar", "notes.md", "a.test.yaml"):
        (tmp_path / name).write_text("# empty\n")
    assert [(Path(one.name).name, one.kind) for one in read_sources(tmp_path)] == [
        ("a.cedar", "cedar"),
        ("b.yaml", "yaml"),
    ]


def test_policies_that_are_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="no policies at"):
        read_sources(tmp_path / "nowhere")


def test_without_policies_the_starter_pack_is_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert local_sources(None) == ((STARTER,), "starter pack")
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "a.yaml").write_text(POLICY)
    assert local_sources(None)[1] == "policies"


def test_a_files_word_is_laid_over_the_codes_and_the_rest_is_the_codes() -> None:
    told = Contract("refund", effect=Effect.READ, critical=("amount",), parameters=SCHEMA, timeout_s=5)
    settled = rules().learn(told)
    assert (settled.effect, settled.critical, settled.timeout_s) == (Effect.SPEND, ("amount",), 5)


def test_what_was_read_off_a_framework_is_described_once_a_file_speaks_of_it() -> None:
    assert rules().learn(Contract("refund", parameters=SCHEMA, inferred=True)).inferred is False
    assert rules().learn(Contract("other", parameters=SCHEMA, inferred=True)).inferred is True


def test_tools_that_ask_for_more_are_known_by_name() -> None:
    known = rules()
    assert known.demanding == frozenset()
    known.learn(Contract("look_up", effect=Effect.READ, timeout_s=5))
    assert known.demanding == {"look_up"}


def test_a_pack_is_read_by_its_name_and_stands_beside_files(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("agents: {ada: {}}\n")
    assert [one.name for one in read_sources(Path("finance"))] == ["finance.yaml"]
    assert [one.name for one in read_sources(Path(f"finance, {mine}"))] == ["finance.yaml", str(mine)]


def test_a_pack_that_does_not_exist_is_told_with_those_that_do() -> None:
    with pytest.raises(Misconfigured) as caught:
        read_sources(Path("finanse"))
    assert "finance" in caught.value.hint
