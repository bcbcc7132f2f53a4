"""What a virtual key looks like: `hf-`, 40 random characters, 6 that check them.

The check says at once, and without asking anybody, that a key was cut off or mistyped.
"""

from __future__ import annotations

import hashlib
import secrets
import zlib
from typing import Final

PREFIX: Final = "hf-"
RANDOM: Final = 40
CHECK: Final = 6
LENGTH: Final = len(PREFIX) + RANDOM + CHECK
SHOWN: Final = len(PREFIX) + 6
"""How much of a key is shown, so that people can tell theirs."""
ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def make_secret() -> str:
    """A new key; whoever holds it is whom it was made for."""
    body = PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
    return body + _check(body)


def is_well_formed(text: str) -> bool:
    """Whether a text can be a key: of the right length, and its check holds."""
    return len(text) == LENGTH and text.startswith(PREFIX) and _check(text[:-CHECK]) == text[-CHECK:]


def digest(secret: str) -> bytes:
    """What is kept of it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def _check(body: str) -> str:
    rest, said = zlib.crc32(body.encode("utf-8", "surrogateescape")), ""
    for _ in range(CHECK):
        rest, place = divmod(rest, len(ALPHABET))
        said = ALPHABET[place] + said
    return said
