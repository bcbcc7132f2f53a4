"""A data folder belongs to one process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from holdfast_server.errors import FolderHeld, Misconfigured
from holdfast_server.kit.folder import HeldFolder


def test_the_second_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    with (
        HeldFolder(tmp_path / "data"),
        pytest.raises(FolderHeld, match=f"process {os.getpid()} already serves"),
        HeldFolder(tmp_path / "data"),
    ):
        pass
    with HeldFolder(tmp_path / "data"):
        assert (tmp_path / "data" / "server.lock").read_text() == f"{os.getpid()}\n"


def test_what_is_no_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured, match="cannot be used"):
        HeldFolder(tmp_path / "file" / "data")
