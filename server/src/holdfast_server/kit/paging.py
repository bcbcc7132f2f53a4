"""Pages: a list of things and the cursor where the next one begins."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Final, Generic, TypeVar

import msgspec
from pydantic import Field

from holdfast_server.errors import Invalid
from holdfast_server.kit.wire import Wire

LIMIT_MAX: Final = 1000
LIMIT_DEFAULT: Final = 100

T = TypeVar("T")
Limit = Annotated[int, Field(ge=1, le=LIMIT_MAX)]


class Page(Wire, Generic[T]):
    """Some of a list."""

    items: list[T]
    next: str | None = Field(default=None, description="Pass as `cursor` for what follows; null at the end.")


class PageAsk(msgspec.Struct, frozen=True):
    """Which part of a list is wanted."""

    cursor: str | None = None
    limit: int = LIMIT_DEFAULT


def write_cursor(*place: int | str) -> str:
    """A place in an ordered list, opaque to the reader."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode()


def read_cursor(cursor: str) -> tuple[int, str]:
    """The (order, id) that `write_cursor` wrote.

    Raises:
        Invalid: the cursor is not one of ours.
    """
    return _read(cursor, tuple[int, str])


def read_name_cursor(cursor: str) -> tuple[str, str]:
    """The two names that `write_cursor` wrote.

    Raises:
        Invalid: the cursor is not one of ours.
    """
    return _read(cursor, tuple[str, str])


def read_names_cursor(cursor: str) -> tuple[str, str, str]:
    """The three names that `write_cursor` wrote.

    Raises:
        Invalid: the cursor is not one of ours.
    """
    return _read(cursor, tuple[str, str, str])


def _read(cursor: str, kind: type[T]) -> T:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return msgspec.json.decode(base64.urlsafe_b64decode(padded), type=kind)
    except (msgspec.MsgspecError, binascii.Error, ValueError) as error:
        raise Invalid("the cursor is not one this server made", hint="Start again without it.") from error
