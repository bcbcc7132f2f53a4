"""What a log never shows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from holdfast_server.kit.logging import configure


@pytest.fixture
def restored() -> Iterator[None]:
    kept = structlog.get_config()
    yield
    structlog.configure(**kept)


@pytest.mark.usefixtures("restored")
def test_a_traceback_shows_no_local_variables(capsys: pytest.CaptureFixture[str]) -> None:
    configure()

    def call(prompt: str) -> None:
        raise ValueError(len(prompt))

    try:
        call("what nobody may read")
    except ValueError:
        structlog.get_logger().exception("failed")
    shown = capsys.readouterr().err
    assert "ValueError" in shown
    assert "what nobody may read" not in shown
