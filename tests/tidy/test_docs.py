"""What can be set, asked or typed is documented; links lead somewhere; the words are in the glossary."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from scripts import gen
from scripts.reference import cli, policy_presets, rest, settings
from tests.tidy.checkout import ROOT, name, pages

LINK = re.compile(r"(?<!\!)\[[^\]]*\]\((?P<to>[^)\s]+)\)|!\[[^\]]*\]\((?P<image>[^)\s]+)\)")
HEADING = re.compile(r"^#{1,6}\s+(?P<text>.+)$", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("path", gen.makers(), ids=str)
def test_what_is_made_from_the_code_is_fresh(path: Path) -> None:
    made = gen.makers()[path]()
    there = (ROOT / path).read_text() if (ROOT / path).exists() else ""
    assert there == made, f"{path} is stale; run `make gen`"


def test_every_setting_says_what_it_means() -> None:
    rows = [
        *settings.sdk_rows(settings.sdk_settings.Settings, ""),
        *settings.server_rows(settings.server_settings.Settings, ""),
    ]
    assert [key for key, _, _, meaning in rows if not meaning] == []


def test_every_route_says_what_it_does() -> None:
    operations = list(rest.operations(rest.build_schema()))
    assert len(operations) > 20
    assert [f"{method} {path}" for _, path, method, _, told in operations if not told] == []


def test_every_command_and_every_option_says_what_it_is_for() -> None:
    commands = list(cli.commands())
    assert commands
    silent = [path for path, command in commands if not command.help]
    silent += [
        f"{path} {parameter.name}"
        for path, command in commands
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.help
    ]
    assert silent == []


def test_every_preset_says_what_it_does() -> None:
    assert [word for word, *told in policy_presets.outline() if not all(told)] == []


@pytest.mark.parametrize("page", pages(), ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    text = FENCED.sub("", page.read_text())
    targets = [match["to"] or match["image"] for match in LINK.finditer(text)]
    broken = [
        to for to in targets if "://" not in to and not to.startswith("mailto:") and not leads(page, to)
    ]
    assert broken == []


def leads(page: Path, to: str) -> bool:
    """Whether a relative link names a file that is there and, if it says so, a heading in it."""
    file, _, anchor = to.partition("#")
    target = (page.parent / file).resolve() if file else page
    if not target.exists():
        return False
    if not anchor:
        return True
    return target.suffix == ".md" and anchor in {
        slug(m["text"]) for m in HEADING.finditer(target.read_text())
    }


def slug(heading: str) -> str:
    """A heading as its anchor."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def test_every_page_can_be_reached_from_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    reached, waiting = set(), [index]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md" or not page.exists():
            continue
        reached.add(page)
        links = (match["to"] for match in LINK.finditer(page.read_text()) if match["to"])
        waiting += [(page.parent / to.partition("#")[0]).resolve() for to in links if "://" not in to]
    lost = [name(page) for page in pages() if page.is_relative_to(ROOT / "docs") and page not in reached]
    assert lost == []


def test_the_glossary_has_a_word_for_every_room() -> None:
    glossary = (ROOT / "docs/glossary.md").read_text()
    assert (
        sorted(
            room for room in rooms() if f"**{room}**" not in glossary and f"**{room[:-1]}**" not in glossary
        )
        == []
    )


def rooms() -> set[str]:
    """The names of the packages on the first two levels, as a newcomer meets them."""
    tops = (ROOT / "sdk/src/holdfast", ROOT / "server/src/holdfast_server")
    found = {
        path.parent.name for top in tops for path in (*top.glob("__init__.py"), *top.glob("*/__init__.py"))
    }
    return found - {"console"}
