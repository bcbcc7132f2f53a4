"""Which reads need no parser."""

from __future__ import annotations

import pytest

from holdfast_server.action.llm.wire.chunks import CHUNK_MAX, body_of, chunk_of


def test_a_chunk_in_its_plainest_form_is_read_without_the_parser() -> None:
    assert all(body_of(chunk_of(b"x" * size)) == b"x" * size for size in range(1, CHUNK_MAX + 1))


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
        chunk_of(b"x" * (CHUNK_MAX + 1)),
    ],
)
def test_everything_else_is_left_to_the_parser(read: bytes) -> None:
    assert body_of(read) == b""
