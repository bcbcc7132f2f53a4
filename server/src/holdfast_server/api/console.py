"""The console: the built UI at `/`, every unknown page its own; without it a page that says how to get it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

from starlette.responses import FileResponse, HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

FOLDER: Final = Path(str(files("holdfast_server"))) / "console"
API: Final = ("/v1/", "/openapi.json", "/metrics")
POLICY: Final = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
FOREVER: Final = "public, max-age=31536000, immutable"
MISSING: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Holdfast</title>
<style>body{font:15px/1.6 system-ui;margin:15vh auto;max-width:34rem;padding:0 1rem}</style>
<h1>Holdfast is running</h1>
<p>The console is not built yet. Run <code>make ui</code> and reload this page.</p>
<p>The API is at <a href="/v1/health">/v1/health</a>,
its schema at <a href="/openapi.json">/openapi.json</a>.</p>
</html>
"""


class Console:
    """Answers what a browser asks for; everything else goes on to the API."""

    def __init__(self, app: ASGIApp, *, folder: Path = FOLDER) -> None:
        self._app = app
        self._folder = folder.resolve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a page or a file of the console, or pass the request on."""
        path: str = scope.get("path", "")
        page = scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and not path.startswith(API)
        await (self._page(path) if page else self._app)(scope, receive, send)

    def _page(self, path: str) -> ASGIApp:
        index = self._folder / "index.html"
        if not index.is_file():
            return HTMLResponse(MISSING)
        found = (self._folder / path.lstrip("/")).resolve()
        if found.is_file() and found.is_relative_to(self._folder) and found != index:
            fixed = "/assets/" in path
            return FileResponse(found, headers={"Cache-Control": FOREVER if fixed else "no-cache"})
        return FileResponse(index, headers={"Cache-Control": "no-cache", "Content-Security-Policy": POLICY})
