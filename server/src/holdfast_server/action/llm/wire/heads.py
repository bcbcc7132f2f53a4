"""What stands before a body: which headers stay on their own connection, and heads as they go out."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from holdfast_server.action.llm.seam import Headers, Reply, Send

CONNECTION: Final = b"connection"
CONTENT_LENGTH: Final = b"content-length"
EXPECT: Final = b"expect"
HOST: Final = b"host"
TRANSFER_ENCODING: Final = b"transfer-encoding"
OWN: Final = frozenset(
    {
        CONNECTION,
        CONTENT_LENGTH,
        EXPECT,
        HOST,
        TRANSFER_ENCODING,
        b"http2-settings",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"upgrade",
    }
)
"""Belong to one connection or frame one message (RFC 9110, 7.6.1): they never cross the seam."""
BODILESS: Final = frozenset({204, 304})
CLOSE: Final = b"connection: close\r\n"
_COLON: Final = b": "
USUAL: Final = frozenset({b"keep-alive", b"close"})
_LINES: Final = {
    status.value: b"HTTP/1.1 %d %b\r\n" % (status.value, status.phrase.encode()) for status in HTTPStatus
}


class HeaderInjected(ValueError):
    """A header that was to go out holds a line break."""


def without_named(headers: Headers, connection: bytes) -> Headers:
    """What is left when the headers that a `connection` header names are taken off."""
    names = {name.strip() for name in connection.lower().split(b",")} - USUAL
    return [header for header in headers if header[0].lower() not in names] if names else headers


def status_line(status: int) -> bytes:
    """The first line of an answer."""
    return _LINES.get(status) or b"HTTP/1.1 %d \r\n" % status


def header_lines(headers: Headers) -> bytes:
    """Headers as they go out.

    Raises:
        HeaderInjected: one of them would be more than one line.
    """
    lines = b"\r\n".join([*map(_COLON.join, headers), b""])
    # Whatever a client sent was read by a strict parser; this holds for what we or a configuration added.
    if not lines.count(b"\n") == lines.count(b"\r") == len(headers):
        raise HeaderInjected("a header holds a line break")
    return lines


def host_of(host: str, port: int, *, tls: bool) -> bytes:
    """The value of `host`, with the port when it is not the usual one."""
    name = f"[{host}]" if ":" in host else host
    usual = 443 if tls else 80
    return (name if port == usual else f"{name}:{port}").encode("idna" if not name.isascii() else "ascii")


def request_bytes(send: Send, host: bytes, lines: bytes) -> bytes:
    """A request as it goes upstream, its headers made to `lines` before.

    Raises:
        HeaderInjected: its target would be more than one.
    """
    target = send.target
    if len(target.split()) != 1:
        raise HeaderInjected("the target is empty, or holds a space or a line break")
    body = send.body
    if not body and send.method in {b"GET", b"DELETE"}:
        return b"%b %b HTTP/1.1\r\nhost: %b\r\n%b\r\n" % (send.method, target, host, lines)
    head = b"%b %b HTTP/1.1\r\nhost: %b\r\n%bcontent-length: %d\r\n\r\n"
    return head % (send.method, target, host, lines, len(body)) + body


def reply_bytes(reply: Reply, *, keep: bool) -> bytes:
    """A whole answer as it goes to the client.

    Raises:
        HeaderInjected: see `header_lines`.
    """
    lines = header_lines(reply.headers)
    line = status_line(reply.status)
    close = b"" if keep else CLOSE
    if reply.status in BODILESS:
        return b"%b%b%b\r\n" % (line, lines, close)
    body = reply.body
    return b"%b%b%bcontent-length: %d\r\n\r\n" % (line, lines, close, len(body)) + body


def streaming_head(status: int, headers: Headers, *, chunked: bool, keep: bool) -> bytes:
    """The head of an answer whose body follows piece by piece; without chunks its end is the connection's.

    Raises:
        HeaderInjected: see `header_lines`.
    """
    framing = b"transfer-encoding: chunked\r\n" if chunked else b""
    return b"%b%b%b%b\r\n" % (status_line(status), header_lines(headers), framing, b"" if keep else CLOSE)
