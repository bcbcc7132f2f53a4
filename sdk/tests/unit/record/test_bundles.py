"""Bundles are kept by their hash, a bounded number of them, and believed only when they have it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from holdfast.action import Contract
from holdfast.decision import Source, compile_bundle
from holdfast.record.bundles import KEPT_MAX, BundleFolder, KeptBundle


def bundle(n: int = 0) -> KeptBundle:
    source = Source("rules.yaml", f"pack: p{n}\nagents: {{'*': {{}}}}\n")
    return KeptBundle.of(compile_bundle([source], contracts=[Contract("look")]))


def test_what_is_kept_is_found_and_decides_the_same(tmp_path: Path) -> None:
    folder, kept = BundleFolder(tmp_path), bundle()
    folder.keep(kept)
    folder.keep(kept)
    found = folder.find(kept.hash)
    assert found is not None
    assert (found.hash, set(found.contracts)) == (kept.hash, {"look"})


def test_what_was_changed_is_not_believed(tmp_path: Path) -> None:
    folder, kept = BundleFolder(tmp_path), bundle()
    path = tmp_path / "bundles" / f"{kept.hash}.json"
    path.parent.mkdir()
    for text in (msgspec.json.encode(bundle(1)), b"{", msgspec.json.encode(kept).replace(b"p0", b"p9")):
        path.write_bytes(text)
        assert folder.find(kept.hash) is None


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_bytes(msgspec.json.encode(bundle()))
    assert BundleFolder(tmp_path).find("../other") is None


def test_only_so_many_are_kept(tmp_path: Path) -> None:
    folder, kept = BundleFolder(tmp_path), bundle()
    (tmp_path / "bundles").mkdir()
    for n in range(KEPT_MAX + 5):
        (tmp_path / "bundles" / f"{n:064x}.json").write_text("{}")
    folder.keep(kept)
    assert len(list((tmp_path / "bundles").iterdir())) == KEPT_MAX
    assert folder.find(kept.hash) is not None


def test_a_folder_that_cannot_be_written_harms_nobody(tmp_path: Path) -> None:
    (tmp_path / "bundles").write_text("a file where the folder should be")
    folder, kept = BundleFolder(tmp_path), bundle()
    folder.keep(kept)
    assert folder.find(kept.hash) is None
    assert (tmp_path / "bundles").read_text() == "a file where the folder should be"
