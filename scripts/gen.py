"""Rebuild what is made from the code: the OpenAPI document, the console's API client, the reference pages.

scripts/gen.py            write what has changed
scripts/gen.py --check    write nothing; fail and name what is stale
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that `scripts.reference` is found when this file is run by its path

OPENAPI = Path("schemas/openapi.json")
CLIENT = Path("ui/src/api/schema.gen.ts")
PAGES = (
    "attribution",
    "cli",
    "content",
    "dialects",
    "errors",
    "packs",
    "policy_presets",
    "rest",
    "runaway",
    "search",
    "settings",
    "translation",
)


def main(arguments: list[str]) -> int:
    """Make every file and compare it with the one that stands there."""
    stale = [
        path
        for path, make in makers().items()
        if replace(ROOT / path, make(), write="--check" not in arguments)
    ]
    for path in stale:
        print(f"{'stale' if '--check' in arguments else 'written'}: {path}")
    return 1 if stale and "--check" in arguments else 0


def makers() -> Mapping[Path, Callable[[], str]]:
    """What makes each file."""
    pages = {Path(f"docs/reference/{name.replace('_', '-')}.md"): page_of(name) for name in PAGES}
    pages |= {Path(f"docs/reference/pack-{name}.md"): page_of_pack(name) for name in pack_names()}
    return {OPENAPI: openapi, **pages, **({CLIENT: client} if has_generator() else {})}


def page_of(name: str) -> Callable[[], str]:
    """The function that writes one reference page."""
    return lambda: importlib.import_module(f"scripts.reference.{name}").page()


def page_of_pack(name: str) -> Callable[[], str]:
    """The function that writes the page of one policy pack."""
    return lambda: importlib.import_module("scripts.reference.packs").pack_page(name)


def pack_names() -> tuple[str, ...]:
    """The policy packs that come with Holdfast."""
    from holdfast.decision.packs import PACK_NAMES

    return PACK_NAMES


def openapi() -> str:
    """The REST API as OpenAPI, keys sorted."""
    from holdfast_server.api.openapi import build_schema

    return json.dumps(build_schema(), indent=2, sort_keys=True) + "\n"


def has_generator() -> bool:
    """Whether the console's packages are installed."""
    return (ROOT / "ui/node_modules/.bin/openapi-typescript").exists()


def client() -> str:
    """The console's typed client, by the console's own `gen` script, made from the OpenAPI of this code."""
    script = json.loads((ROOT / "ui/package.json").read_text())["scripts"]["gen"]
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "openapi.json"), Path(folder, "client.ts")
        source.write_text(openapi())
        words = [
            {"../schemas/openapi.json": str(source), "src/api/schema.gen.ts": str(target)}.get(word, word)
            for word in script.split()
        ]
        words[0] = str(ROOT / "ui/node_modules/.bin" / words[0])
        subprocess.run(words, cwd=ROOT / "ui", check=True, capture_output=True)
        return target.read_text()


def replace(path: Path, text: str, *, write: bool) -> bool:
    """Whether a file differs from what it should be; write it then, if asked to."""
    if path.exists() and path.read_text() == text:
        return False
    if write:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
