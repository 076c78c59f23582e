"""The shortest path to yes against brute force: no equally many signatures unlock more than any beginning of it."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.consent.blocked import MOST_TOGETHER, Blocked, shortest_path
from ritornello.consent.signatures import Groups, best_signers, unlocked, without

PEOPLE = "abcdef"
any_groups = st.dictionaries(
    st.frozensets(st.sampled_from(PEOPLE), min_size=1, max_size=4), st.integers(1, 9), max_size=9
)


def most(groups: Groups, count: int) -> int:
    """The most that `count` signatures can unlock, by trying all."""
    return max(unlocked(groups, chosen) for chosen in combinations(PEOPLE, min(count, len(PEOPLE))))


@given(any_groups)
def test_every_beginning_of_the_path_is_the_best_for_its_length(groups: Groups) -> None:
    left, signed = dict(groups), set()
    total = 0
    while (best := best_signers(left)) is not None:
        assert best.proved
        assert not best.signers & signed
        signed |= best.signers
        total += best.weight
        assert total == unlocked(groups, signed) == most(groups, len(signed))
        left = without(left, best.signers)
    assert total == sum(groups.values())


@given(any_groups)
def test_of_equally_good_sets_the_smallest_is_taken(groups: Groups) -> None:
    best = best_signers(groups)
    if best is None:
        assert not groups
        return
    for count in range(1, len(best.signers)):
        assert all(unlocked(groups, chosen) < best.density * count for chosen in combinations(PEOPLE, count))


def test_signatures_that_only_help_together_are_found() -> None:
    # no single recording needs all three, and yet together they unlock most per signature
    pairs = {frozenset("ab"): 3, frozenset("bc"): 3, frozenset("ac"): 3, frozenset("d"): 2}
    best = best_signers(pairs)
    assert best is not None
    assert (best.signers, best.weight) == (frozenset("abc"), 9)


def test_the_path_names_what_each_step_unlocks_and_nobody_twice() -> None:
    rng = random.Random(4)
    blocked = {
        f"r{number}": Blocked(frozenset(rng.sample(PEOPLE, rng.randint(1, 3))), frozenset()) for number in range(40)
    }
    steps = shortest_path(blocked)
    assert sorted(name for step in steps for name in step.unlocks) == sorted(blocked)
    people = [name for step in steps for name in step.signers]
    assert len(people) == len(set(people))
    assert [step.weight for step in steps] == [len(step.unlocks) for step in steps]
    densities = [step.weight / len(step.signers) for step in steps]
    assert densities == sorted(densities, reverse=True)


def test_where_plays_are_known_they_are_what_counts() -> None:
    blocked = {name: Blocked(frozenset(who), frozenset()) for name, who in (("r1", "a"), ("r2", "a"), ("r3", "bc"))}
    assert [step.signers for step in shortest_path(blocked)] == [("a",), ("b", "c")]
    steps = shortest_path(blocked, {"r1": 10, "r3": 1000})
    assert [(step.signers, step.weight) for step in steps] == [(("b", "c"), 1000), (("a",), 10)]
    assert shortest_path(blocked, {}) == []


def test_a_step_asks_for_as_many_as_somebody_can_go_and_ask() -> None:
    ring = {frozenset((f"p{n:02}", f"p{(n + 1) % 40:02}")): 3 for n in range(40)}
    best = best_signers(ring)
    assert best is not None
    assert len(best.signers) == 40
    blocked = {f"r{'-'.join(sorted(needed))}{n}": Blocked(needed, frozenset()) for needed in ring for n in range(3)}
    steps = shortest_path(blocked, most_steps=100)
    assert max(len(step.signers) for step in steps) <= MOST_TOGETHER
    assert sorted(name for step in steps for name in step.unlocks) == sorted(blocked)
    assert not steps[0].proved


@pytest.mark.parametrize("seed", [1, 2])
def test_a_large_catalogue_is_answered_and_says_what_is_not_proved(seed: int) -> None:
    rng = random.Random(seed)
    people = [f"p{number}" for number in range(60)]
    groups: dict[frozenset[str], int] = {}
    for _ in range(3000):
        needed = frozenset(rng.sample(people, rng.randint(2, 4)))
        groups[needed] = groups.get(needed, 0) + 1
    best = best_signers(groups)
    assert best is not None
    assert not best.proved
    assert best.weight == unlocked(groups, best.signers)
