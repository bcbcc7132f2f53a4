"""Whether the outermost object of a body says one thing twice: two parsers may read two different things.

A long body is not parsed once more in Python: its values were read already, so it is gone along from name to
name, passing over each value as a whole.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

SHORT_MAX: Final = 4_096
"""Bytes up to which looking for the judged names is quicker than going along the body."""
# Begins with one plain character, to which the search leaps: a text without quotes costs nothing.
_judged = re.compile(
    rb'"(model"|messages"|tools"|functions"|mcp_servers"|web_search_options"|plugins"|stream"|input"|max_|'
    rb'prompt"|previous_response_id"|conversation")'
).findall
_name = re.compile(rb'[ \t\r\n]*("(?:[^"\\]|\\.)*")[ \t\r\n]*:[ \t\r\n]*').match
_after = re.compile(rb"[ \t\r\n]*[,}]").match
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_name = msgspec.json.Decoder(str).decode


def find_repeated(body: bytes) -> str | None:
    """A name that stands twice in the outermost object; None when what is judged stands once.

    Raises:
        msgspec.DecodeError: the body is no JSON object.
    """
    if len(body) <= SHORT_MAX and b"\\u00" not in body:
        names = _judged(body)
        if len(names) == len(set(names)):
            return None
    return find_any_repeated(body)


def find_any_repeated(body: bytes) -> str | None:
    """A name that stands twice in an object, whatever it is.

    Raises:
        msgspec.DecodeError: it is no JSON object.
    """
    return _go_along(body, _fields(body))


def _go_along(body: bytes, fields: dict[str, msgspec.Raw]) -> str | None:
    """From each name over its value, as it was read, to the next name."""
    at = body.index(b"{") + 1
    while found := _name(body, at):
        name, at = _decode_name(found[1]), found.end()
        value = bytes(fields.pop(name, b""))
        after = _after(body, at + len(value)) if value and body.startswith(value, at) else None
        if after is None:
            return name
        at = after.end()
    return None
