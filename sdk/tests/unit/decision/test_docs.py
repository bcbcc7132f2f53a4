"""What the concept pages show is what the code reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from holdfast.action import Contract
from holdfast.decision import Source, compile_bundle
from holdfast.decision.facts import FACTS
from holdfast.decision.limits import Detectors
from holdfast.decision.pack import CATEGORIES, PRESETS
from holdfast.decision.pack.preset import Preset
from holdfast.decision.projection import context_shape
from holdfast.decision.projectors import PROJECTORS
from holdfast.decision.stages import STAGES

CONCEPTS = Path(__file__).parents[4] / "docs" / "concepts"
if not CONCEPTS.is_dir():
    pytest.skip("the pages are not part of this checkout", allow_module_level=True)

PAGES = {page.stem: page.read_text(encoding="utf-8") for page in CONCEPTS.glob("*.md")}
REFUND = Contract(
    "refund",
    parameters={
        "properties": {
            "amount": {"type": "integer"},
            "account": {"type": "string"},
            "order": {"type": "string"},
        }
    },
)


@pytest.mark.parametrize("page", ["policies", "facts", "budgets", "detectors", "contracts"])
@pytest.mark.parametrize("kind", ["yaml", "cedar"])
def test_every_example_compiles(page: str, kind: str) -> None:
    for text in re.findall(rf"```{kind}\n(.*?)```", PAGES[page], re.DOTALL):
        source = Source(page, text, "yaml" if kind == "yaml" else "cedar")
        assert compile_bundle([source], contracts=[REFUND]).sources[-1] == source


def test_every_preset_and_its_settings_are_documented() -> None:
    page = (CONCEPTS.parent / "reference" / "policy-presets.md").read_text(encoding="utf-8")
    for word, preset in PRESETS.items():
        section = page.partition(f"\n### {word}\n")[2].partition("\n### ")[0]
        names = {*preset.__struct_encode_fields__} - {*Preset.__struct_encode_fields__}
        assert not {name for name in names if f"`{name}`" not in section}, word
    for category in CATEGORIES:
        assert f"| {category.replace('_', ' ')} |" in page, category


def test_everything_a_policy_can_read_is_documented() -> None:
    for name in (*context_shape(Contract("t")).attributes, *PROJECTORS):
        assert name in PAGES["policies"], name


def test_every_fact_is_documented() -> None:
    for name, fact in FACTS.items():
        row = re.search(rf"^\| `{name}` \|(.*)$", PAGES["facts"], re.MULTILINE)
        assert row, name
        assert fact.told in row.group(1), name


def test_every_stage_and_detector_is_documented() -> None:
    for name, _ in STAGES:
        assert f"| `{name}` |" in PAGES["decisions"]
    for name in Detectors.__struct_fields__:
        assert f"| `{name}` |" in PAGES["detectors"]


def test_every_field_of_a_contract_is_documented() -> None:
    for name in Contract.__struct_fields__:
        if name not in {"tool", "description", "inferred"}:
            assert f"| `{name}` |" in PAGES["contracts"], name
