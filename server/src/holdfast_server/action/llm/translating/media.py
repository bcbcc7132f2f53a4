"""Pictures and documents: as data URLs, as base64, as addresses."""

from __future__ import annotations

import mimetypes
import re

from holdfast_server.action.llm.translating.form import File, Image

_data_url = re.compile(r"data:([^;,]*)(?:;[^;,]*)*;base64,", re.IGNORECASE).match


def image_of(url: str, detail: str = "") -> Image:
    """A picture from its address, or from a data URL."""
    found = _data_url(url)
    if found is None:
        return Image(url=url, detail=detail)
    return Image(media=found[1] or "image/png", data=url[found.end() :], detail=detail)


def file_of(url: str, name: str = "") -> File:
    """A document from its address, or from a data URL."""
    found = _data_url(url)
    if found is None:
        return File(url=url, name=name)
    return File(media=found[1] or "application/pdf", data=url[found.end() :], name=name)


def url_of(one: Image | File) -> str:
    """Where it is, or itself as a data URL."""
    return one.url or f"data:{one.media};base64,{one.data}"


def media_of(one: Image | File) -> str:
    """Its media type, by its address when nothing else tells; empty when that does not."""
    return one.media or mimetypes.guess_type(one.url.partition("?")[0])[0] or ""
