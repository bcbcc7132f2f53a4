"""Bootstrap needs only the standard library, repeats nothing, and takes hashes from the lock."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from scripts import bootstrap
from tests.tidy.checkout import ROOT


def test_bootstrap_imports_nothing_that_must_be_installed() -> None:
    tree = ast.parse((ROOT / "scripts/bootstrap.py").read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_work_is_done_once_for_the_same_content_and_again_for_another(tmp_path: Path) -> None:
    stamp = tmp_path / ".made-from"
    with bootstrap.once(stamp, "a") as first:
        pass
    with bootstrap.once(stamp, "a") as second:
        pass
    with bootstrap.once(stamp, "b") as third:
        pass
    assert (first, second, third) == (True, False, True)


def test_failed_work_is_not_remembered(tmp_path: Path) -> None:
    stamp = tmp_path / ".made-from"
    with pytest.raises(RuntimeError), bootstrap.once(stamp, "a"):
        raise RuntimeError
    assert not stamp.exists()


def test_uv_is_taken_from_the_lock_with_its_hashes() -> None:
    wanted = bootstrap.locked("uv", (ROOT / "requirements.lock").read_text())
    assert wanted.startswith("uv==")
    assert "--hash=sha256:" in wanted
    assert wanted.count("==") == 1


def test_a_renamed_file_counts_as_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    (tmp_path / "one").write_text("same")
    before = bootstrap.digest([tmp_path])
    (tmp_path / "one").rename(tmp_path / "two")
    assert bootstrap.digest([tmp_path]) != before


def test_the_mirror_set_up_for_pip_serves_uv_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    monkeypatch.delenv("UV_INDEX_URL", raising=False)
    assert bootstrap.environment()["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
