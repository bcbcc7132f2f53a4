"""The short way to understand attributes comes to what the long one comes to."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast_server.action.otlp.dialects import shapes
from holdfast_server.action.otlp.dialects.lookup import ENTRIES
from holdfast_server.action.otlp.understanding import understand, understand_each

NAMES = st.one_of(
    st.sampled_from(sorted(ENTRIES)),
    st.sampled_from(
        ["gen_ai.operation.name", "gen_ai.request.model", "llm.model_name", "traceloop.span.kind"]
    ),
    st.sampled_from(["llm.input_messages.0.message.role", "gen_ai.prompt.1.content", "nobody.knows"]),
)
VALUES = st.one_of(
    st.sampled_from(["", None, "chat", "Chat ", "LLM", "unknown", "nobody", 0, 7, 1.5, True, ["a"]]),
    st.text(max_size=8),
)
SAID = st.lists(st.tuples(NAMES, VALUES), max_size=12).map(dict)


@given(SAID)
def test_a_set_of_names_comes_to_what_its_names_come_to(said):
    whole = {name: value for name, value in said.items() if value not in ("", None)}
    for one in (said, whole, said, whole):
        assert msgspec.structs.asdict(understand(one)) == msgspec.structs.asdict(understand_each(one))


def test_names_that_never_come_again_are_forgotten(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shapes, "SHAPES_MAX", 4)
    shapes._SHAPES.clear()
    for place in range(10):
        understand({"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", f"a{place}": 1})
    assert len(shapes._SHAPES) <= 4


def test_what_one_span_says_does_not_reach_another():
    said = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.system": "openai"}
    first, second = understand(said), understand({**said, "gen_ai.request.model": "n"})
    assert (first.known["model"], second.known["model"]) == ("m", "n")
    first.known["model"] = "changed"
    assert understand(said).known["model"] == "m"
