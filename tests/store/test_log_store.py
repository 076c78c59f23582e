"""The log: in it for good, at one place, under heads that continue each other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError

from ritornello.proof import merkle, sha256_hex
from ritornello.proof.signing import KeyRing, Verdict, verify
from ritornello.store.log_store import LogError, LogStore
from ritornello.store.scope import Scope
from ritornello.store.unit_of_work import UnitOfWork

AT = datetime(2026, 6, 2, 9, tzinfo=UTC)


@pytest.fixture
def log(scope: Scope) -> LogStore:
    return LogStore(scope)


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing.generate(AT)


def hash_of(number: int) -> str:
    return sha256_hex(f"statement {number}".encode())


def filled(log: LogStore, count: int, start: int = 0) -> None:
    for number in range(start, start + count):
        log.append("statement", f"stt_{number}", hash_of(number), AT)


def test_leaves_stand_in_the_order_in_which_they_came(log: LogStore) -> None:
    filled(log, 5)
    assert log.size() == 5
    leaf = log.leaf("statement", "stt_3")
    assert leaf is not None and (leaf.position, leaf.content_hash) == (3, hash_of(3))
    assert log.tree().root() == merkle.root([bytes.fromhex(hash_of(n)) for n in range(5)])


def test_appending_twice_is_appending_once(log: LogStore) -> None:
    first = log.append("statement", "stt_0", hash_of(0), AT)
    assert log.append("statement", "stt_0", hash_of(0), AT + timedelta(days=1)) == first
    assert log.size() == 1


def test_a_record_cannot_change_under_its_leaf(log: LogStore) -> None:
    filled(log, 1)
    with pytest.raises(LogError, match="another hash"):
        log.append("statement", "stt_0", hash_of(1), AT)
    with pytest.raises(LogError, match="no SHA-256"):
        log.append("statement", "stt_1", "not a hash", AT)


def test_two_houses_may_use_the_same_id(log: LogStore, scope: Scope) -> None:
    filled(log, 1)
    other = LogStore(Scope(scope.connection, "org_other"))
    assert other.leaf("statement", "stt_0") is None
    assert other.append("statement", "stt_0", hash_of(7), AT).position == 1


def test_every_record_under_a_head_can_be_proven_by_its_hash(log: LogStore, ring: KeyRing) -> None:
    filled(log, 7)
    head = log.sign_head(ring, AT)
    assert verify(head.signed, ring.trusted()) is Verdict.TRUSTED
    assert head.signed.payload["root"] == head.root and head.signed.payload["size"] == 7
    for number in range(7):
        proof = log.prove(hash_of(number))
        assert proof is not None and proof.holds() and proof.position == number
    assert log.prove(hash_of(99)) is None
    filled(log, 1, start=7)
    assert log.prove(hash_of(7)) is None  # appended, but under no head yet


def test_a_proof_of_one_record_is_none_of_another(log: LogStore, ring: KeyRing) -> None:
    from dataclasses import replace

    filled(log, 4)
    log.sign_head(ring, AT)
    proof = log.prove(hash_of(2))
    assert proof is not None
    assert not replace(proof, content_hash=hash_of(3)).holds() and not replace(proof, position=3).holds()


def test_heads_continue_each_other(log: LogStore, ring: KeyRing) -> None:
    filled(log, 3)
    first = log.sign_head(ring, AT)
    assert log.sign_head(ring, AT + timedelta(hours=1)) == first  # nothing new, nothing signed
    filled(log, 6, start=3)
    second = log.sign_head(ring, AT)
    assert log.heads() == [first, second] and log.head() == second and log.head(3) == first
    path = [bytes.fromhex(part) for part in log.continues(3, 9)]
    assert merkle.verify_consistency(3, 9, bytes.fromhex(first.root), bytes.fromhex(second.root), path)
    with pytest.raises(LogError):
        log.continues(3, 10)


def test_a_log_changed_by_force_disagrees_with_its_heads(log: LogStore, ring: KeyRing, scope: Scope) -> None:
    filled(log, 5)
    log.sign_head(ring, AT)
    assert log.disagreements() == ()
    run = scope.connection.exec_driver_sql
    if scope.connection.dialect.name == "sqlite":
        run("DROP TRIGGER keep_log_leaves_update")
    else:
        run("ALTER TABLE log_leaves DISABLE TRIGGER USER")
    run(f"UPDATE log_leaves SET leaf_hash = '{hash_of(9)}' WHERE position = 2")
    found = [words.partition(":")[0] for words in log.disagreements()]
    assert found == ["head 5", "node 1/1", "node 2/0"]


def test_a_proof_reads_as_many_rows_as_the_tree_is_high(log: LogStore, ring: KeyRing, scope: Scope) -> None:
    filled(log, 150)
    head = log.sign_head(ring, AT)
    assert head.root == log.tree().root().hex()
    asked: list[str] = []
    event.listen(scope.connection, "before_cursor_execute", lambda *told: asked.append(told[2]))
    proof = log.prove(hash_of(77))
    assert proof is not None and proof.holds()
    assert len(asked) < 30
    asked.clear()
    assert log.size() == 150
    assert log.continues(99, 150) == tuple(part.hex() for part in log.tree().consistency_proof(99))
    assert log.disagreements() == ()


@pytest.mark.parametrize("position", [0, 2, 17])
def test_the_database_takes_a_leaf_at_the_next_place_only(log: LogStore, scope: Scope, position: int) -> None:
    filled(log, 1)
    with pytest.raises(DBAPIError, match="out of place"):
        scope.connection.execute(
            text("INSERT INTO log_leaves VALUES (:p, :h, :h, 'o', 'k', 'r', '2026-06-02 09:00:00')"),
            {"p": position, "h": hash_of(3)},
        )


def test_many_append_at_once_and_every_place_is_taken_once(engine: Engine) -> None:
    def append(number: int) -> int:
        with UnitOfWork(engine, f"org_{number % 3}") as work:
            position = work.log.append("statement", f"stt_{number}", hash_of(number), AT).position
            work.commit()
        return position

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(append, range(24))) == list(range(24))
