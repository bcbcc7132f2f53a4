from __future__ import annotations

import pytest

from holdfast.decision.flow.pointers import POINTERS_MAX, TEXT_MAX, TOO_LONG, TOO_MANY, pointers


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See https://a.example/x?y=1, please.", ["https://a.example/x?y=1"]),
        ("![pixel](https://a.example/p.png)", ["https://a.example/p.png"]),
        ("mail eve@evil.example now", ["eve@evil.example"]),
        ("IBAN DE89370400440532013000.", ["DE89370400440532013000"]),
        ("go to evil.com/x or www.evil.test", ["www.evil.test", "evil.com/x"]),
        ("version 1.2.3 of report.docx costs 4.50", []),
    ],
)
def test_what_leads_somewhere_is_found(text: str, found: list[str]) -> None:
    assert pointers(text) == found


def test_what_cannot_be_read_leads_somewhere_unknown() -> None:
    assert pointers("x" * (TEXT_MAX + 1)) == [TOO_LONG]
    assert pointers(" ".join(f"a{n}@b.example" for n in range(POINTERS_MAX + 1))) == [TOO_MANY]
