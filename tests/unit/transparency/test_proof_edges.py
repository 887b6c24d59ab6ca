"""Proofs that are almost right: each is refused with a sentence, and none with an error of ours."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from router.errors import ProofError
from router.ledger import SqliteLedger
from router.ledger.log.signing_key_file import read_key
from router.transparency.checkpoint import parse_checkpoint
from router.transparency.note import SecretKey, signed
from router.transparency.proof import Proof, parse_proof, verify
from router.transparency.tree import Frontier, is_consistent, leaf_hash
from unit.ledger_samples import sample


@pytest.fixture
def secret(tmp_path: Path) -> SecretKey:
    sample(tmp_path / "ledger.sqlite3")
    return read_key(tmp_path / "ledger.key")


@pytest.fixture
def proof(secret: SecretKey, tmp_path: Path) -> Proof:
    with closing(SqliteLedger(tmp_path / "ledger.sqlite3")) as ledger:
        return ledger.prove(f"{7:032x}", salts=True)


def test_a_head_of_another_log_is_refused_though_the_same_key_signed_it(secret: SecretKey, proof: Proof) -> None:
    origin = parse_checkpoint(proof.head.text).origin
    other = replace(proof, head=signed(proof.head.text.replace(origin, "another.example", 1), secret))
    assert other.head.signed_by(secret.public)
    with pytest.raises(ProofError, match=r"head of another\.example is not signed"):
        verify(other, secret.public)
    assert verify(proof, secret.public).checkpoint.origin == origin


@pytest.mark.parametrize("size", [31, 33])
def test_a_hash_of_another_length_is_refused_as_it_is_read(proof: Proof, size: int) -> None:
    odd = str(replace(proof, path=(bytes(size), *proof.path)))
    with pytest.raises(ProofError, match="not written as such a proof is"):
        parse_proof(odd)


def test_a_proof_without_extra_is_read_and_proves_nothing(secret: SecretKey, proof: Proof) -> None:
    bare = replace(proof, extra=b"")
    assert "extra" not in str(bare)
    assert parse_proof(str(bare)) == bare
    with pytest.raises(ProofError, match="lacks what it proves"):
        verify(bare, secret.public)


@pytest.mark.parametrize("keep", [0, 1])
def test_a_proof_that_breaks_off_is_none(proof: Proof, keep: int) -> None:
    top, _, head = str(proof).partition("\n\n")
    cut = "\n".join(top.split("\n")[: 1 + keep])
    with pytest.raises(ProofError, match="That is no proof"):
        parse_proof(f"{cut}\n\n{head}")


def test_keys_that_are_no_words_are_refused(secret: SecretKey, proof: Proof) -> None:
    extra = orjson.loads(proof.extra)
    for keys in ([7], [None], ["a", []]):
        with pytest.raises(ProofError, match="lacks what it proves"):
            verify(replace(proof, extra=orjson.dumps({**extra, "keys": keys})), secret.public)


def test_with_salts_but_no_commitment_the_file_can_t_tell(secret: SecretKey, proof: Proof) -> None:
    shown = verify(proof, secret.public)
    bare = shown._replace(entry=shown.entry._replace(prompt=None))
    with pytest.raises(ProofError, match="no salt, or the entry no commitment"):
        bare.prompt_is(b"x")


def root(size: int) -> bytes:
    return Frontier().grown((leaf_hash(bytes([n])) for n in range(size)), 1)[0].root()


@pytest.mark.parametrize(("old", "new"), [(3, 4), (6, 8), (4, 8), (5, 4), (-1, 4), (-4, 4), (8, 4)])
def test_no_path_shows_nothing_of_two_trees(old: int, new: int) -> None:
    assert not is_consistent(old, root(max(old, 1)), new, root(new), [])
    assert not is_consistent(old, root(max(old, 1)), new, root(new), [root(1)])
