"""Whatever a model writes, projecting it gives a value of the promised type, and one spelling."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from holdfast.action import Contract, Effect
from holdfast.decision.cedar import Decimal, Type
from holdfast.decision.projectors import PROJECTORS
from holdfast.decision.projectors.network import address_class, host_of
from holdfast.decision.projectors.path import is_within, normalise

SIGNS: Final = "aZ0 .:/\\@'\"`$()[]{}<>|&;#=%*?!~-_\n\t\r\u0430\u200b\u3002"
NAMES: Final = (
    "to",
    "url",
    "path",
    "sql",
    "command",
    "code",
    "language",
    "amount",
    "limit",
    "reason",
    "ids",
    "x",
)
texts = st.text(alphabet=SIGNS, max_size=40) | st.text(max_size=20)
values = st.recursive(
    texts | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)
calls = st.dictionaries(st.sampled_from(NAMES), values, max_size=4)
TYPES: Final = {Type.SET: frozenset, Type.LONG: int, Type.DECIMAL: Decimal, Type.STRING: str}


@given(calls, st.sampled_from(Effect))
def test_every_projector_keeps_its_promise(arguments: dict[str, Any], effect: Effect) -> None:
    contract = Contract("t", effect=effect, payload=("x",))
    for name, projector in PROJECTORS.items():
        if projector.reads == "arguments":
            found = projector.project(arguments, contract)
            assert isinstance(found, TYPES[projector.shape.type]), name
            assert found == projector.project(arguments, contract), name


@given(texts)
def test_one_spelling_of_a_path_is_its_own_spelling_and_never_climbs(text: str) -> None:
    path = normalise(text)
    assert normalise(path) == path or path == "?"
    assert ".." not in path.split("/")
    assert not is_within(path, "/srv") or path.startswith("/srv")


@given(st.integers(0, 2**32 - 1), st.sampled_from(["{}", "0x{:x}", "0{:o}"]))
def test_every_way_to_write_an_address_is_the_same_address(number: int, form: str) -> None:
    plain = ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
    assert host_of(form.format(number)) == plain
    assert address_class(host_of(f"::ffff:{plain}")) == address_class(plain)
