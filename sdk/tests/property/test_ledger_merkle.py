"""The tree of RFC 6962 against its definition, and every proof against every tree of a size."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.record.ledger import merkle

SIZES = 70


def definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1, as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    middle = 1 << ((len(leaves) - 1).bit_length() - 1)
    return merkle.node_hash(definition(leaves[:middle]), definition(leaves[middle:]))


LEAVES = [merkle.leaf_hash(str(place).encode()) for place in range(SIZES)]


def subtree(start: int, end: int) -> bytes:
    return definition(LEAVES[start:end])


def test_the_known_answers_of_rfc_6962_hold() -> None:
    # From Certificate Transparency: github.com/google/certificate-transparency, merkle_tree_test.cc.
    inputs = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    roots = {
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    }
    tree = merkle.CompactRange()
    for place, text in enumerate(inputs, 1):
        tree.push(merkle.leaf_hash(bytes.fromhex(text)))
        assert place not in roots or tree.root().hex() == roots[place]


@pytest.mark.parametrize("size", range(SIZES))
def test_the_compact_range_is_the_whole_tree(size: int) -> None:
    assert merkle.tree_hash(LEAVES[:size]) == definition(LEAVES[:size])


@pytest.mark.parametrize("size", range(1, SIZES))
def test_every_leaf_is_proved_and_no_other(size: int) -> None:
    root = definition(LEAVES[:size])
    for index in range(size):
        path = merkle.inclusion_path(index, size, subtree)
        assert merkle.root_from_inclusion(LEAVES[index], index, size, path) == root
        other = (index + 1) % size
        assert size == 1 or merkle.root_from_inclusion(LEAVES[other], index, size, path) != root
        assert size == 1 or merkle.root_from_inclusion(LEAVES[index], other, size, path) != root
        assert merkle.root_from_inclusion(LEAVES[index], index, size, [*path, root]) != root


@pytest.mark.parametrize("new", range(1, SIZES))
def test_every_beginning_is_proved_consistent_and_no_rewriting_is(new: int) -> None:
    new_root = definition(LEAVES[:new])
    for old in range(1, new + 1):
        path = merkle.consistency_path(old, new, subtree)
        old_root = definition(LEAVES[:old])
        assert merkle.is_consistent(old, old_root, new, new_root, path)
        forged = definition([*LEAVES[: old - 1], merkle.leaf_hash(b"forged")])
        assert not merkle.is_consistent(old, forged, new, new_root, path)


@given(st.lists(st.binary(max_size=40), max_size=60), st.data())
def test_adding_in_any_grouping_gives_one_root(items: list[bytes], data: st.DataObject) -> None:
    leaves = [merkle.leaf_hash(item) for item in items]
    cut = data.draw(st.integers(0, len(leaves)))
    tree = merkle.CompactRange(leaves[:cut])
    for leaf in leaves[cut:]:
        tree.push(leaf)
    assert (tree.size, tree.root()) == (len(leaves), definition(leaves))
