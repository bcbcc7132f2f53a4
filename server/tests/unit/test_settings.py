"""Settings: who wins, and that a typo is never silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdfast_server.errors import Misconfigured
from holdfast_server.settings import load_settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_flags_win_over_the_environment_over_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "holdfast.toml").write_text('project = "file"\n[http]\nport = 1\nhost = "::1"\ndrain_s = 3\n')
    monkeypatch.setenv("HOLDFAST_HTTP__PORT", "2")
    monkeypatch.setenv("HOLDFAST_HTTP__HOST", "localhost")
    settings = load_settings(http={"port": 3, "host": None})
    assert (settings.http.port, settings.http.host, settings.http.drain_s) == (3, "localhost", 3)
    assert settings.project == "file"


@pytest.mark.parametrize("text", ["[http]\nprot = 1\n", "polcies = 'x'\n", "[htp]\nport = 1\n", "not toml"])
def test_a_key_nobody_knows_is_an_error(folder: Path, text: str) -> None:
    (folder / "holdfast.toml").write_text(text)
    with pytest.raises(Misconfigured, match="settings"):
        load_settings(http={})


def test_a_typo_in_the_environment_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_HTTP__PROT", "1")
    with pytest.raises(Misconfigured, match="prot"):
        load_settings(http={})


def test_the_keys_of_the_agents_side_may_stand_in_the_same_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "holdfast.toml").write_text('server = "http://127.0.0.1:7420"\nmode = "shadow"\n')
    monkeypatch.setenv("HOLDFAST_SERVER", "http://127.0.0.1:7420")
    assert load_settings(http={}).http.port == 7420


@pytest.mark.parametrize("port", [-5, 70000, "x"])
def test_a_port_that_cannot_be_is_named(port: object) -> None:
    with pytest.raises(Misconfigured, match=r"http\.port"):
        load_settings(http={"port": port})


def test_the_otlp_port_can_be_left_alone() -> None:
    assert load_settings(http={"otlp_port": -1}).http.otlp_port is None


def test_personal_data_goes_with_the_secrets_when_the_switch_says_so(folder: Path) -> None:
    assert load_settings(http={}).redaction.spans == ["secret"]
    (folder / "holdfast.toml").write_text("[redaction]\npii = true\n")
    assert load_settings(http={}).redaction.spans == ["secret", "pii"]
