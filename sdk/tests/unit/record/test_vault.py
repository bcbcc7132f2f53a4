"""A token stands for one value in one session, on disk only as noise."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from holdfast.decision.content import tokens
from holdfast.record.vault import VALUE_MAX, Vault


def test_a_value_keeps_its_token_and_another_session_knows_nothing(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    token = vault.name("s1", "email", "ann@example.com")
    assert vault.name("s1", "email", "ann@example.com") == token
    assert tokens.replace({"to": f"<{token}>"}, vault.finder("s1")) == ({"to": "<ann@example.com>"}, 1)
    assert tokens.replace(token, vault.finder("s2")) == (token, 0)
    assert vault.name("s2", "email", "ann@example.com") != token


def test_it_outlives_the_process_and_nobody_reads_it_from_the_disk(tmp_path: Path) -> None:
    token = Vault(tmp_path).name("s1", "email", "ann@example.com")
    assert tokens.replace(token, Vault(tmp_path).finder("s1"))[0] == "ann@example.com"
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert b"example.com" not in file.read_bytes()
            assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_torn_or_foreign_line_tells_nothing(tmp_path: Path) -> None:
    token = Vault(tmp_path).name("s1", "email", "ann@example.com")
    (file,) = (tmp_path / "vault").iterdir()
    whole = file.read_bytes()
    file.write_bytes(b"bm90IHNlYWxlZA==\n" + whole + whole[: len(whole) // 2])
    assert tokens.replace(token, Vault(tmp_path).finder("s1"))[0] == "ann@example.com"
    other = tmp_path / "vault" / ("0" * 32)
    file.rename(other)
    assert tokens.replace(token, Vault(tmp_path).finder("s1"))[0] == token


def test_what_is_too_long_is_redacted_for_good(tmp_path: Path) -> None:
    assert Vault(tmp_path).name("s1", "jwt", "x" * (VALUE_MAX + 1)) == "[redacted:jwt]"


def test_a_session_is_forgotten_when_asked_and_after_a_time(tmp_path: Path) -> None:
    now = [1_000_000.0]
    vault = Vault(tmp_path, ttl_s=60, clock=lambda: now[0])
    token = vault.name("s1", "email", "a@example.com")
    vault.forget("s1")
    assert vault.find("s1", "email", token) is None
    vault.name("s2", "email", "b@example.com")
    (file,) = (tmp_path / "vault").iterdir()
    os.utime(file, (now[0] - 61, now[0] - 61))
    now[0] += 4_000
    vault.name("s3", "email", "c@example.com")
    assert not file.exists()


def test_a_folder_that_cannot_be_written_redacts(tmp_path: Path) -> None:
    (tmp_path / "vault").write_text("a file is in the way")
    assert Vault(tmp_path).name("s1", "email", "a@example.com") == "[redacted:email]"
