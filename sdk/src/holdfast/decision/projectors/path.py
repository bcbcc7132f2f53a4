"""Which files a call would touch: paths in one spelling, and every folder above them.

Only the text is judged: what a symbolic link points at is not known before it is followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from holdfast.action import Contract
from holdfast.decision.projectors.texts import UNREADABLE, named_texts

PATH_ENDINGS: Final = (
    "path",
    "paths",
    "file",
    "files",
    "filename",
    "filepath",
    "dir",
    "directory",
    "folder",
    "cwd",
    "destination",
    "source",
    "root",
    "target",
)
"""An argument whose name ends so holds paths."""
LENGTH_MAX: Final = 4_096

_drive = re.compile(r"([A-Za-z]):(.*)", re.DOTALL).fullmatch
_hidden = re.compile(r"%2e|%2f|%5c|%00|[\x00-\x1f\x7f]|^\$|\$\{|\$\(|`|%\w+%", re.IGNORECASE).search
_elsewhere = re.compile(r"~[^/]").match
_short = re.compile(r"~[0-9]")
_file_url = re.compile(r"file:/{0,3}(?=/)|file:", re.IGNORECASE)


def paths(arguments: Mapping[str, Any], contract: Contract) -> frozenset[str]:
    """Every path, in one spelling: `/` between names, no `.` or `..`; `?` is one that cannot be read."""
    del contract
    return frozenset(_found(arguments))


def path_folders(arguments: Mapping[str, Any], contract: Contract) -> frozenset[str]:
    """Every path and all folders above it, lower case: what must not be reached is named by its folder."""
    del contract
    return frozenset(folder.lower() for path in _found(arguments) for folder in folders(path))


def normalise(text: str) -> str:
    """One spelling for a path; relative ones begin with `./`, and what leaves its own folder is `?`."""
    if len(text) > LENGTH_MAX or not text or _hidden(text):
        return UNREADABLE
    text = _file_url.sub("", text, count=1) if text[:5].lower() == "file:" else text
    text = text.replace("\\", "/")
    drive = _drive(text)
    if drive:
        return _windows(drive[1].lower(), drive[2])
    # Two slashes are a share or a device of Windows; a name behind the tilde is another person's folder.
    names = None if text.startswith("//") or _elsewhere(text) else _climb(text.split("/"))
    if names is None:
        return UNREADABLE
    if text.startswith("/"):
        return "/" + "/".join(names)
    return "/".join(names if names[:1] == ["~"] else [".", *names])


def folders(path: str) -> Iterator[str]:
    """A path in one spelling and every folder above it."""
    yield path
    while "/" in path.rstrip("/"):
        path = path[: path.rstrip("/").rindex("/")] or "/"
        yield path


def is_within(path: str, root: str) -> bool:
    """Whether a path in one spelling is the root or below it."""
    return path == root or path.startswith(root if root.endswith("/") else root + "/")


def _found(arguments: Mapping[str, Any]) -> Iterator[str]:
    for name, text in named_texts(arguments):
        if name.endswith(PATH_ENDINGS) or text[:5].lower() == "file:":
            yield _normalised(text)


def _windows(drive: str, rest: str) -> str:
    """A path on a drive: case does not count, nor do dots and spaces that end a name."""
    if not rest.startswith("/") or ":" in rest or _short.search(rest):
        return UNREADABLE  # relative to the drive, another stream of the file, or a short name
    names = _climb([name if name in {".", ".."} else name.rstrip(". ") for name in rest.lower().split("/")])
    return UNREADABLE if names is None else "/".join([f"{drive}:", *names])


def _climb(names: list[str]) -> list[str] | None:
    """The names without `.` and `..`; None when they lead out of where they began."""
    kept: list[str] = []
    for name in names:
        if name == "..":
            if not kept or kept == ["~"]:
                return None
            kept.pop()
        elif name not in {"", "."}:
            kept.append(name)
    return kept


_normalised = lru_cache(4_096)(normalise)
