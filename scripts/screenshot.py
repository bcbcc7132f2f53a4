"""Photograph the console as a newcomer meets it: a real server, the drills just run, one approval waiting.

scripts/screenshot.py            docs/img/console.png, run.png and approval.png
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page, sync_playwright

from holdfast.testing.drills.catalogue import DRILLS
from holdfast.testing.drills.demo import Waiting
from holdfast.testing.drills.running import Conditions, run
from holdfast.testing.drills.serving import OwnServer

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "img"
CHROMIUM_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")
SIZE = {"width": 1440, "height": 900}
SETTLE_MS = 1_500


def main() -> int:
    """Run the drills, leave one approval waiting, and take the pictures."""
    browser = find_chromium()
    if not browser:
        print("screenshot: there is no Chromium; set HOLDFAST_CHROMIUM=/path/to/it")
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="holdfast-screenshot-") as home,
        OwnServer(Path(home)) as server,
        camera(browser) as page,
    ):
        waiting = prepare(server.url)
        for name, path in pictures(server.url, waiting.page().removeprefix(server.url)):
            page.goto(server.url + path)
            page.get_by_role("heading", level=1).wait_for()
            page.wait_for_timeout(SETTLE_MS)
            page.screenshot(path=IMAGES / f"{name}.png")
            print(f"screenshot: docs/img/{name}.png")
        refuse_all(server.url)
        waiting.result()
    return 0


def prepare(url: str) -> Waiting:
    """Let everything happen that the pictures show; returns the drill that waits for a person."""
    for drill in DRILLS.values():
        if not drill.asks_a_person:
            run(drill, Conditions(url))
    return Waiting(next(drill for drill in DRILLS.values() if drill.asks_a_person), url)


def refuse_all(url: str) -> None:
    """Answer what waits, so that its agent ends and nothing is left running."""
    for approval in get(url, "/v1/approvals?state=pending")["items"]:
        answer = {"verdict": "refuse", "by": "camera", "note": "The picture is taken."}
        httpx.post(f"{url}/v1/approvals/{approval['id']}/answer", json=answer).raise_for_status()


def pictures(url: str, approval: str) -> Iterator[tuple[str, str]]:
    """Name and path of each picture."""
    yield "console", "/"
    halted = get(url, "/v1/runs?state=halted&limit=1")["items"]
    if halted:
        yield "run", f"/runs/{halted[0]['id']}"
    yield "approval", approval


def get(url: str, path: str) -> Any:
    """A JSON answer of the server."""
    return httpx.get(url + path).raise_for_status().json()


def find_chromium() -> str | None:
    """The browser that bootstrap noted, or any on PATH."""
    noted = ROOT / "build" / "browser"
    names = (
        os.environ.get("HOLDFAST_CHROMIUM"),
        noted.read_text().strip() if noted.exists() else "",
        "chromium",
    )
    return next((found for name in names if name and (found := shutil.which(name))), None)


@contextmanager
def camera(browser: str) -> Iterator[Page]:
    """A page of a headless browser, in the light theme."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=[*CHROMIUM_FLAGS])
        try:
            yield chromium.new_page(viewport=SIZE, color_scheme="light", device_scale_factor=1)
        finally:
            chromium.close()


if __name__ == "__main__":
    sys.exit(main())
