from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from holdfast.cli.group import holdfast

GOOD = """\
agents:
  "*": {}

rules:
  - allow_agents: {}
  - allow_tools: {tools: [search]}
"""


def check(*said: str) -> Result:
    return CliRunner().invoke(holdfast, ["policy", "check", *said])


def test_without_any_policies_the_starter_pack_is_checked() -> None:
    done = check()
    assert done.exit_code == 0
    assert done.stdout.startswith("starter pack: 1 file")


def test_the_policies_of_the_folder_are_found(empty_folder: Path) -> None:
    (empty_folder / "policies").mkdir()
    (empty_folder / "policies" / "a.yaml").write_text(GOOD)
    told = json.loads(check("--json").stdout)
    assert told["ok"] is True
    assert told["origin"] == "policies"
    assert told["sources"] == [{"name": "policies/a.yaml", "kind": "yaml"}]
    assert told["agents"] == ["*"]


def test_warnings_are_told_and_do_not_fail(empty_folder: Path) -> None:
    (empty_folder / "a.yaml").write_text(GOOD)
    done = check("a.yaml")
    assert done.exit_code == 0
    assert "warning: " in done.stderr
    assert "search" in done.stderr


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("a.yaml", GOOD.replace("allow_tools", "alow_tools"), "a.yaml:6:5: "),
        ("a.yaml", "agents: {\n", "a.yaml:2:1: "),
        ("a.cedar", "permit (principal, action", "a.cedar:1:"),
    ],
)
def test_an_error_is_told_at_file_line_and_column(
    empty_folder: Path, name: str, text: str, place: str
) -> None:
    (empty_folder / name).write_text(text)
    done = check(name)
    assert done.exit_code == 1
    assert done.stderr.startswith(place)
    error = json.loads(check(name, "--json").stdout)["error"]
    assert f"{error['path']}:{error['line']}:" in place + ":"


def test_the_cedar_that_presets_become_can_be_read(empty_folder: Path) -> None:
    (empty_folder / "a.yaml").write_text(GOOD)
    told = check("a.yaml", "--source").stdout
    assert told.startswith("// a.yaml\n")
    assert "permit (" in told
    assert "permit (" in json.loads(check("a.yaml", "--source", "--json").stdout)["cedar"]["a.yaml"]


def test_no_policies_at_the_path_is_bad_input() -> None:
    done = check("nowhere")
    assert done.exit_code == 2
    assert "nowhere" in done.stderr
