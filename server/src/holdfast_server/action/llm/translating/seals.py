"""Sealed thoughts in the hands of a client: the seal says whose it is when it is not its own API's.

A client sends thoughts back as they came. By then they must still be told apart: the API that made them takes
them, and any other would refuse them.
"""

from __future__ import annotations

from typing import Final

FOREIGN: Final = "holdfast:"


def sealed(seal: str, maker: str, *, api: str) -> str:
    """The seal as a client of an API gets it."""
    return seal if maker == api or not seal else f"{FOREIGN}{maker}:{seal}"


def opened(text: str, *, api: str) -> tuple[str, str]:
    """A seal as a client sends it, and who made it."""
    if not text.startswith(FOREIGN):
        return text, api
    maker, _, seal = text.removeprefix(FOREIGN).partition(":")
    return seal, maker
