from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.errors import Misconfigured
from holdfast.settings import Access, Settings, load

NOWHERE = Path("/nonexistent/holdfast.toml")


def test_arguments_beat_the_environment_beats_the_file_beats_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "holdfast.toml"
    file.write_text('project = "file"\nperson = "file"\nmode = "shadow"\n[guard]\noutput_tokens = 7\n')
    known = load(
        {"project": "argument", "person": None},
        environ={"HOLDFAST_PROJECT": "environment", "HOLDFAST_PERSON": "environment"},
        file=file,
    )
    assert (known.project, known.person, known.mode) == ("argument", "environment", "shadow")
    assert known.guard.output_tokens == 7
    assert known.data == Settings().data


def test_sections_are_merged_key_by_key(tmp_path: Path) -> None:
    file = tmp_path / "holdfast.toml"
    file.write_text("[guard]\noutput_tokens = 7\nwaiting_max = 3\n")
    known = load(environ={"HOLDFAST_GUARD__WAITING_MAX": "5"}, file=file)
    assert (known.guard.output_tokens, known.guard.waiting_max) == (7, 5)


def test_a_typo_is_an_error_with_a_guess(tmp_path: Path) -> None:
    file = tmp_path / "holdfast.toml"
    file.write_text('polices = "here"\n')
    with pytest.raises(Misconfigured, match="Did you mean `policies`"):
        load(environ={}, file=file)


def test_the_tables_of_the_server_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "holdfast.toml"
    file.write_text("[http]\nport = 7420\n")
    assert load(environ={}, file=file) == load(environ={}, file=NOWHERE)


@pytest.mark.parametrize(
    "environ",
    [{"HOLDFAST_MODE": "quiet"}, {"HOLDFAST_GUARD__OUTPUT_TOKENS": "many"}, {"HOLDFAST_GUARD__NOBODY": "1"}],
)
def test_a_wrong_value_is_an_error(environ: dict[str, str]) -> None:
    with pytest.raises(Misconfigured):
        load(environ=environ, file=NOWHERE)


@pytest.mark.parametrize(
    ("text", "expected"), [("true", True), ("0", False), ("langgraph, httpx", ("langgraph", "httpx"))]
)
def test_integrations_are_all_none_or_named(text: str, expected: object) -> None:
    assert load(environ={"HOLDFAST_INTEGRATIONS": text}, file=NOWHERE).integrations == expected


def test_a_file_that_is_not_toml_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "holdfast.toml"
    file.write_text("mode = \n")
    with pytest.raises(Misconfigured, match=r"holdfast\.toml"):
        load(environ={}, file=file)


def test_the_access_key_is_never_shown() -> None:
    assert "s3cret" not in repr(Settings(access=Access("s3cret")))


def test_one_switch_is_read_by_agents_and_by_the_server(tmp_path: Path) -> None:
    file = tmp_path / "holdfast.toml"
    file.write_text('[redaction]\npii = true\nspans = ["secret"]\n')
    assert load(environ={}, file=file).redaction.pii
    assert not load(environ={}, file=NOWHERE).redaction.pii
    with pytest.raises(Misconfigured, match="redaction"):
        load(environ={"HOLDFAST_REDACTION__PII": "perhaps"}, file=NOWHERE)
