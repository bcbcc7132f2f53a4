from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from holdfast import integrations
from holdfast.cli import doors, examination
from holdfast.cli.check import Check
from holdfast.cli.examination import examine
from holdfast.cli.group import holdfast
from holdfast.cli.server import Server
from holdfast.guard.doors import Door, Installed
from holdfast.record.ledger import open_ledger
from holdfast.settings import Settings

RULES = "rules:\n  - allow_agents: {}\n"


@pytest.fixture(autouse=True)
def no_frameworks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening real doors imports real frameworks; sdk/tests/integration/test_cli.py does that."""

    def nothing(_: Settings) -> tuple[Check, ...]:
        return ()

    looks = tuple(nothing if look is doors.doors else look for look in examination.EXAMINATIONS)
    monkeypatch.setattr(examination, "EXAMINATIONS", looks)


def found() -> dict[str, Check]:
    return {check.about: check for check in examine()}


def doctor(*said: str) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(holdfast, ["doctor", "--json", *said])
    return done.exit_code, json.loads(done.stdout)


def test_an_empty_folder_is_no_mistake() -> None:
    code, told = doctor()
    assert (code, told["ok"]) == (0, True)


def test_every_setting_says_where_it_came_from(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (empty_folder / "holdfast.toml").write_text('project = "shop"\nperson = "ada"\n')
    monkeypatch.setenv("HOLDFAST_PERSON", "bob")
    details = found()["settings"].details
    assert "project = 'shop'  (holdfast.toml)" in details
    assert "person = 'bob'  (environment)" in details
    assert "mode = 'enforce'  (default)" in details


def test_a_key_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_ACCESS__KEY", "very-secret-key-1234")
    told = CliRunner().invoke(holdfast, ["doctor"]).output + json.dumps(doctor()[1])
    assert "access.key = …  (environment)" in told
    assert "very-secret" not in told


@pytest.mark.parametrize(
    ("file", "text", "about"),
    [
        ("holdfast.toml", "sever = 'http://x'\n", "settings"),
        ("holdfast.toml", "not toml", "settings"),
        ("holdfast.toml", "data = 'taken'\n", "data folder"),
        ("policies/a.yaml", "ruels: []\n", "policies"),
    ],
)
def test_what_a_person_must_mend_fails_and_is_named(
    empty_folder: Path, file: str, text: str, about: str
) -> None:
    (empty_folder / "taken").write_text("a file")
    (empty_folder / file).parent.mkdir(exist_ok=True)
    (empty_folder / file).write_text(text)
    code, told = doctor()
    assert code == 1
    assert [check["about"] for check in told["checks"] if check["state"] == "fail"] == [about]


def test_shadow_mode_is_pointed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_MODE", "shadow")
    assert found()["mode"].state == "warn"


def test_a_server_that_does_not_answer_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_SERVER", "http://127.0.0.1:9")
    check = found()["server"]
    assert check.state == "fail"
    assert "http://127.0.0.1:9" in check.told


def test_policies_that_the_server_does_not_judge_by_are_told(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = {"sources": [{"text": RULES}]}
    monkeypatch.setenv("HOLDFAST_SERVER", "http://127.0.0.1:9")
    monkeypatch.setattr(Server, "get", lambda *_: served)
    assert "policies in force" not in found(), "nobody wrote any here"
    (empty_folder / "policies").mkdir()
    (empty_folder / "policies" / "shop.yaml").write_text(RULES)
    assert "policies in force" not in found(), "they are the server's"
    served["sources"] = [{"text": "rules: []"}]
    check = found()["policies in force"]
    assert (check.state, check.told) == (
        "warn",
        "policies is not in force: http://127.0.0.1:9 judges by other policies",
    )
    assert check.hint.startswith("`holdfast up --policies policies`")


def test_a_ledger_that_was_tampered_with_fails(empty_folder: Path) -> None:
    ledger = open_ledger(empty_folder / ".holdfast", "a" * 16)
    for number in range(5):
        ledger.append(b"record %d" % number)
    ledger.close()
    assert found()["ledger"].told == "5 records in 1 log(s) hold"
    [segment] = (ledger.folder / "segments").iterdir()
    segment.write_bytes(segment.read_bytes().replace(b"record 3", b"record 8"))
    assert found()["ledger"].state == "fail"


def test_a_long_ledger_is_left_to_verify(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a" * 16, "b" * 16, "c" * 16):
        ledger = open_ledger(empty_folder / ".holdfast", name)
        ledger.append(b"record")
        ledger.close()
    monkeypatch.setattr(examination, "VERIFY_BYTES_MAX", 1)
    check = found()["ledger"]
    assert check.told == "1 records in 1 log(s) hold"
    assert "2 older log(s) were not looked at: holdfast verify" in check.hint


def test_one_check_that_breaks_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Settings) -> tuple[Check, ...]:
        raise RuntimeError("boom")

    monkeypatch.setattr(examination, "EXAMINATIONS", (broken, *examination.EXAMINATIONS))
    checks = found()
    assert checks["broken"].state == "fail"
    assert "data folder" in checks


def a_door(package: str, tested: tuple[str, ...], **more: Any) -> Installed:
    return Installed(Door("door", package, tested, {"click": lambda *_: None}, "everything"), **more)


@pytest.mark.parametrize(
    ("door", "state", "told"),
    [
        (a_door("click", ("8",), applied={"click"}), "ok", "governed"),
        (a_door("click", ("1.0",), applied={"click"}), "warn", "untested: the tests ran with 1.0"),
        (a_door("click", ("8",), error="it has no send"), "fail", "NOT governed: it has no send"),
        (a_door("click", ("8",), wanted=False), "note", "off"),
    ],
)
def test_a_door_says_whether_it_governs(
    monkeypatch: pytest.MonkeyPatch, door: Installed, state: str, told: str
) -> None:
    monkeypatch.setattr(integrations, "doors", lambda: (door,))
    monkeypatch.setattr(integrations, "install", lambda _: None)
    monkeypatch.setattr(integrations, "uninstall", lambda: None)
    check = next(one for one in doors.doors(Settings()) if one.about == "door")
    assert check.state == state
    assert told in check.told


def test_a_client_that_passes_no_door_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integrations, "doors", lambda: ())
    monkeypatch.setattr(doors, "OWN_WIRES", {"click": "the terminal"})
    told = [check.told for check in doors.doors(Settings())]
    assert any("calls to the terminal pass no door" in one for one in told)


def test_an_integration_that_does_not_exist_fails() -> None:
    [check] = doors.doors(Settings(integrations=("langgrahp",)))
    assert check.state == "fail"
    assert "langgrahp" in check.told
