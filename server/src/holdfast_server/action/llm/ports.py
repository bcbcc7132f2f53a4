"""The port that a gateway's workers share, held so that nobody else listens on it."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import Final

from holdfast_server.errors import Misconfigured

PORT_S: Final = 10.0
"""How long a port may be held by a gateway that is about to end."""
AGAIN_S: Final = 0.5


async def reserve(host: str, port: int, *, ours: bool) -> socket.socket:
    """Hold a port that workers share, without listening on it.

    Args:
        host: the address.
        port: the port; 0 for any.
        ours: whether workers of ours may have it already.

    Raises:
        Misconfigured: somebody else has it, who is no worker of ours.
    """
    ends = time.monotonic() + PORT_S
    while True:
        try:
            # Whoever listens already, even a gateway of another data folder, would share connections with us.
            if not ours:
                bind(host, port, shared=False).close()
            return bind(host, port, shared=True)
        except OSError as error:
            if time.monotonic() > ends or port == 0:
                raise Misconfigured(
                    f"port {port} on {host} cannot be had: {error.strerror}",
                    hint="Stop who holds it, or set gateway.port to another; -1 starts no gateway.",
                ) from error
        await asyncio.sleep(AGAIN_S)


def bind(host: str, port: int, *, shared: bool) -> socket.socket:
    """A socket on a port, not listening yet; shared, each worker has one on the same.

    Raises:
        OSError: it cannot be had.
    """
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made
