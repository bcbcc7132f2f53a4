"""What is kept in JSON columns comes back as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest

from holdfast_server.kit.db import write_json


@pytest.mark.parametrize(
    "value", [None, [], {"a": [1, 2.5, "ü", None, True]}, "half a character: \ud83d", 2**70], ids=repr
)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    assert json.loads(write_json(value)) == value


@pytest.mark.parametrize(
    "text", ["plain", "GRÜSSE", "\x7f", "\x00\x1f\n", 'a "b" \\ c', "\ud83d", "😀"], ids=ascii
)
def test_a_text_is_kept_as_it_is_searched(text: str) -> None:
    assert write_json(text) == json.dumps(text)
