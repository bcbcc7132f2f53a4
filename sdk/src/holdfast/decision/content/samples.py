"""Keys that their own makers publish as samples, known by their digests: a repository should not hold them.

Seen in the tests of Firebase's SDKs, FlutterFire and sample apps; for some, in an excerpt alone.
"""

from __future__ import annotations

import hashlib
from typing import Final

_LENGTH: Final = 16
_PUBLISHED: Final = frozenset(
    (
        "2037abcaffb2b777",
        "27a9a42931dff7eb",
        "37f8f09bdf12c2f2",
        "3f370c9dd8225c63",
        "49f777db995e8260",
        "4c98242dcadc8b29",
        "8731261cb72d8626",
        "a19f89ab3555eac1",
        "dc0fcf046c61640c",
        "e4a5542bb7fd7b67",
        "ea9bb1082cf95663",
        "eb540d2b6ee2a0a4",
        "f56e323494a6ffc2",
    )
)


def is_published(key: str) -> bool:
    """Whether a key is one that its maker publishes."""
    return hashlib.sha256(key.encode()).hexdigest()[:_LENGTH] in _PUBLISHED
