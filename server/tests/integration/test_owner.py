"""A control database is one server's: a second one would take the places of what the first one recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdfast_server.app import open_services
from holdfast_server.errors import Misconfigured
from holdfast_server.kit.db import sqlite_url
from holdfast_server.settings import Http, Settings, Stores


def settings(data: Path, url: str) -> Settings:
    return Settings(data=data, stores=Stores(spans="memory://", control=url), http=Http(otlp_port=None))


async def test_another_server_is_refused_and_the_same_one_comes_back(
    tmp_path: Path, control_url: str
) -> None:
    url = sqlite_url(tmp_path / "shared.db") if control_url == "sqlite://" else control_url
    async with open_services(settings(tmp_path / "one", url)):
        with pytest.raises(Misconfigured, match="another server's"):
            async with open_services(settings(tmp_path / "two", url)):
                pass
    async with open_services(settings(tmp_path / "one", url)) as again:
        assert again.ledger.name.startswith("server:")
