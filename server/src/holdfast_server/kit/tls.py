"""Whom our own clients trust: the authorities of the system, which `SSL_CERT_FILE` can name."""

from __future__ import annotations

import ssl


def trust(url: str, ca_file: str = "") -> ssl.SSLContext | bool:
    """What an address is verified with; nothing where TLS is not spoken.

    Raises:
        OSError: `ca_file` cannot be read, or holds no certificate.
    """
    plain = url[:5].lower() == "http:"
    return False if plain else ssl.create_default_context(cafile=ca_file or None)
