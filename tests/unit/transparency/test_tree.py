"""The Merkle tree against the published vectors of RFC 6962, and against a verifier written from the RFC alone."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.transparency.tree import (
    EMPTY_ROOT,
    Frontier,
    consistency_path,
    inclusion_path,
    is_consistent,
    leaf_hash,
    node_hash,
    root_of_inclusion,
    span_hash,
)

# The eight leaves, the roots and the proofs of the reference implementation of Certificate Transparency.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def tree_hash(leaves: list[bytes]) -> bytes:
    """MTH as RFC 6962, 2.1, defines it, word for word."""
    if len(leaves) < 2:
        return hashlib.sha256(b"\x00" + leaves[0] if leaves else b"").digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + tree_hash(leaves[:split]) + tree_hash(leaves[split:])).digest()


def rfc_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH(m, D[n]) of RFC 6962, 2.1.1."""
    if len(leaves) == 1:
        return []
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return [*rfc_path(index, leaves[:split]), tree_hash(leaves[split:])]
    return [*rfc_path(index - split, leaves[split:]), tree_hash(leaves[:split])]


def rfc_subproof(old: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF(m, D[n], b) of RFC 6962, 2.1.2."""
    if old == len(leaves):
        return [] if whole else [tree_hash(leaves)]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if old <= split:
        return [*rfc_subproof(old, leaves[:split], whole), tree_hash(leaves[split:])]
    return [*rfc_subproof(old - split, leaves[split:], False), tree_hash(leaves[:split])]


def inclusion(index: int, leaves: list[bytes]) -> list[bytes]:
    return [span_hash(span, subtree(leaves)) for span in inclusion_path(index, len(leaves))]


def consistency(old: int, leaves: list[bytes]) -> list[bytes]:
    return [span_hash(span, subtree(leaves)) for span in consistency_path(old, len(leaves))]


def subtree(leaves: list[bytes]):  # type: ignore[no-untyped-def]
    return lambda level, position: tree_hash(leaves[position << level : (position + 1) << level])


def numbered(size: int) -> list[bytes]:
    return [number.to_bytes(2, "big") for number in range(size)]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_the_published_ones(size: int) -> None:
    assert Frontier().grown(map(leaf_hash, LEAVES[:size]), 4)[0].root().hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_proofs_are_the_published_ones(index: int, size: int) -> None:
    path = inclusion(index, LEAVES[:size])
    assert [node.hex() for node in path] == INCLUSION[index, size]
    assert root_of_inclusion(index, size, leaf_hash(LEAVES[index]), path) == bytes.fromhex(ROOTS[size - 1])


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_consistency_proofs_are_the_published_ones(old: int, new: int) -> None:
    path = consistency(old, LEAVES[:new])
    assert [node.hex() for node in path] == CONSISTENCY[old, new]
    assert is_consistent(old, bytes.fromhex(ROOTS[old - 1]), new, bytes.fromhex(ROOTS[new - 1]), path)


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert Frontier().root() == EMPTY_ROOT == hashlib.sha256(b"").digest()


SIZES = st.integers(1, 300)


@given(SIZES, st.data())
def test_every_entry_is_proved_as_the_rfc_says_and_no_other(size: int, data: st.DataObject) -> None:
    leaves, index = numbered(size), data.draw(st.integers(0, size - 1))
    path = inclusion(index, leaves)
    assert path == rfc_path(index, leaves)
    root = tree_hash(leaves)
    assert root_of_inclusion(index, size, leaf_hash(leaves[index]), path) == root
    assert root_of_inclusion(index, size, leaf_hash(b"another"), path) != root
    assert root_of_inclusion(index, size, leaf_hash(leaves[index]), [*path, root]) is None
    assert root_of_inclusion(index, size, leaf_hash(leaves[index]), path[:-1]) is None or size == 1
    assert root_of_inclusion(size, size, leaf_hash(leaves[index]), path) is None
    other = data.draw(st.integers(0, size - 1))
    assert other == index or root_of_inclusion(other, size, leaf_hash(leaves[index]), path) != root


@given(SIZES, st.data())
def test_every_older_tree_is_shown_to_be_a_beginning_and_no_other_is(size: int, data: st.DataObject) -> None:
    leaves, old = numbered(size), data.draw(st.integers(0, size))
    path = consistency(old, leaves)
    assert path == ([] if old == 0 else rfc_subproof(old, leaves, True))
    before, root = tree_hash(leaves[:old]), tree_hash(leaves)
    assert is_consistent(old, before, size, root, path)
    assert not is_consistent(old, leaf_hash(b"another past"), size, root, path)
    assert not is_consistent(old, before, size, leaf_hash(b"another"), path) or old == 0
    assert not is_consistent(old, before, size, root, [*path, root])
    assert not path or not is_consistent(old, before, size, root, path[:-1])
    assert not is_consistent(size + 1, before, size, root, path)


@given(st.lists(st.integers(0, 40), max_size=8), st.sampled_from([1, 2, 4]))
def test_a_tree_grows_alike_in_any_steps_and_keeps_every_stride(steps: list[int], stride: int) -> None:
    leaves, tree, kept = numbered(sum(steps)), Frontier(), {}
    for step in steps:
        tree, nodes = tree.grown(map(leaf_hash, leaves[tree.size : tree.size + step]), stride)
        kept.update({(node.level, node.position): node.hash for node in nodes})
    assert tree.size == len(leaves)
    assert tree.root() == tree_hash(leaves)
    levels = range(stride, len(leaves).bit_length(), stride)
    expected = {(level, place) for level in levels for place in range(len(leaves) >> level)}
    assert set(kept) == expected
    assert all(node == subtree(leaves)(*where) for where, node in kept.items())


def test_a_leaf_cannot_be_passed_off_as_a_node() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)
