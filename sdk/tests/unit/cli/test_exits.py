from __future__ import annotations

import pytest

from holdfast.cli.exits import MEANINGS, Exit, of_error, of_verdict
from holdfast.decision import Verdict
from holdfast.errors import (
    Conflict,
    HoldfastError,
    Invalid,
    Misconfigured,
    NotFound,
    NotPermitted,
    PolicySyntaxError,
    Tampered,
    Unavailable,
)


def test_every_code_has_a_meaning() -> None:
    assert list(MEANINGS) == list(Exit)


def test_what_may_run_is_a_success_and_every_refusal_has_a_code_of_its_own() -> None:
    codes = {verdict: of_verdict(verdict) for verdict in Verdict}
    assert codes == {"allow": 0, "transform": 0, "ask": 3, "deny": 4, "halt": 5}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Invalid("x"), 2),
        (NotFound("x"), 2),
        (Misconfigured("x"), 2),
        (PolicySyntaxError("x"), 2),
        (HoldfastError("x"), 2),
        (Conflict("x"), 1),
        (NotPermitted("x"), 1),
        (Tampered("x"), 1),
        (Unavailable("x"), 6),
    ],
)
def test_an_error_tells_bad_input_from_a_refusal_from_an_absent_server(
    error: HoldfastError, code: int
) -> None:
    assert of_error(error) == code
