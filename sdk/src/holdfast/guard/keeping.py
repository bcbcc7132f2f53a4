"""Keeps the rules under which something was decided, here and on the server: explaining needs their text."""

from __future__ import annotations

import logging
from pathlib import Path

from holdfast.client import Link
from holdfast.decision import Bundle
from holdfast.record.bundles import BundleFolder, KeptBundle

log = logging.getLogger("holdfast")


class Keeping:
    """Keeps each bundle once it judges; whatever goes wrong with that, judging goes on."""

    def __init__(self, data: Path, link: Link) -> None:
        self._folder = BundleFolder(data)
        self._link = link
        self._last: Bundle | None = None

    def note(self, bundle: Bundle) -> None:
        """This bundle judges now; told of the one it was told of last, it does nothing."""
        if bundle is self._last:
            return
        self._last = bundle
        try:
            kept = KeptBundle.of(bundle)
            self._folder.keep(kept)
            self._link.keep_bundle(kept)
        except Exception:
            log.exception("holdfast: the rules in force cannot be kept for explanations")
