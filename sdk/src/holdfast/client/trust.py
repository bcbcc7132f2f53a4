"""Whom the clients of a server trust: the authorities of the system, which `SSL_CERT_FILE` can name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl


def trust(url: str) -> ssl.SSLContext | bool:
    """What an address is verified with; nothing where TLS is not spoken.

    A server inside a company is mostly signed by the company's own authority, which no bundle of the web
    holds. Where the system has none at all, that bundle has to do.
    """
    if url[:6].lower() != "https:":
        return False
    import ssl

    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"]:
        import certifi

        context.load_verify_locations(certifi.where())
    return context
