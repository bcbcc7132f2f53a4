"""A real server, a real browser and agents in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from holdfast.testing.drills.serving import OwnServer

CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SEEN_MS = 60_000
"""How long a page may take to do or show something: other suites may have the machine at the same time."""
BIN = Path(sys.executable).parent
AGENTS = Path(__file__).parent / "agents"

expect.set_options(timeout=SEEN_MS)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OwnServer]:
    """`holdfast up` on a free port, with the drills' policies and a folder of its own."""
    with OwnServer(tmp_path / "server") as running:
        yield running


@pytest.fixture
def page(chromium: str) -> Iterator[Page]:
    """A page of a headless Chromium, wide enough for the two-pane views."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_ARGUMENTS))
        try:
            opened = browser.new_page(viewport={"width": 1440, "height": 900})
            opened.set_default_timeout(SEEN_MS)
            yield opened
        finally:
            browser.close()


@pytest.fixture
def agents(tmp_path: Path, server: OwnServer) -> Iterator[Agents]:
    """Starts agents against the server, and ends those that a failed test left running."""
    started = Agents(tmp_path, server.url)
    yield started
    started.end()


class Agents:
    """Programs with agents in them, each in a process of its own."""

    def __init__(self, folder: Path, server: str) -> None:
        self._folder, self._server = folder, server
        self._processes: list[subprocess.Popen[str]] = []

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Run a command of this environment, with the server's address in its settings."""
        program, *arguments = command
        process = subprocess.Popen(
            [str(BIN / program), *arguments],
            cwd=self._folder,
            env={**os.environ, "HOLDFAST_SERVER": self._server},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._processes.append(process)
        return process

    def end(self) -> None:
        """Kill what still runs and close the pipes."""
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.communicate()
