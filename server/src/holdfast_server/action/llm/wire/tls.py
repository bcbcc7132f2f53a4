"""TLS towards providers: verified, one context per set of authorities."""

from __future__ import annotations

import functools
import ssl

from holdfast_server.action.llm.seam import Upstream


def context_of(upstream: Upstream) -> ssl.SSLContext | None:
    """What to connect with; None for plain TCP.

    Raises:
        OSError: `ca_file` cannot be read.
        ssl.SSLError: it holds no certificate.
    """
    return _context(upstream.ca_file, upstream.verify) if upstream.tls else None


@functools.lru_cache(maxsize=64)
def _context(ca_file: str, verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
