from __future__ import annotations

import getpass

import pytest

from holdfast.cli.person import NOBODY, user_name


def test_the_person_is_who_the_system_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ada")
    assert user_name() == "ada"


def test_a_user_without_a_name_is_not_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise OSError("no such user")

    monkeypatch.setattr(getpass, "getuser", fail)
    assert user_name() == NOBODY
