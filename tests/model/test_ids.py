"""Identifiers: valid, repeatable, and all different."""

from random import Random
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from core.model.ids import new_id

SEEDS = st.integers(0, 2**64)


@given(SEEDS)
def test_id_is_a_uuid_of_version_four(seed: int) -> None:
    """In its canonical form, as CloudStack writes it."""
    made = new_id(Random(seed))
    uuid = UUID(made)
    assert str(uuid) == made
    assert uuid.version == 4
    assert uuid.variant == RFC_4122


@given(SEEDS)
def test_seed_repeats_its_ids(seed: int) -> None:
    """The same Random gives the same ids, in the same order."""
    one, other = Random(seed), Random(seed)
    assert [new_id(one) for _ in range(5)] == [new_id(other) for _ in range(5)]


def test_ids_of_one_random_are_all_different() -> None:
    """Ten thousand of them don't meet."""
    random = Random(1)
    assert len({new_id(random) for _ in range(10_000)}) == 10_000
