"""A connection to a provider: which reads need no parser."""

from __future__ import annotations

import pytest

from holdfast_server.action.llm.wire.upstream import CHUNK_MAX, chunk_of


def framed(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(body), body)


def test_a_chunk_in_its_plainest_form_is_read_without_the_parser() -> None:
    assert all(chunk_of(framed(b"x" * size)) == b"x" * size for size in range(1, CHUNK_MAX + 1))


@pytest.mark.parametrize(
    "read",
    [
        b"",
        b"\r\n",
        b"0\r\n\r\n",
        b"05\r\nhello\r\n",
        b"B\r\nhello world\r\n",
        b"5;a=b\r\nhello\r\n",
        b"5\r\nhello",
        b"5\r\nhello\r\n5\r\n",
        b"4\r\nhello\r\n",
        b"6\r\nhello\r\n",
        b"5\nhello!\r\n",
        b"\r\n" + b"x" * 17 + b"\r\n",
        framed(b"x" * (CHUNK_MAX + 1)),
    ],
)
def test_everything_else_is_left_to_the_parser(read: bytes) -> None:
    assert chunk_of(read) == b""
