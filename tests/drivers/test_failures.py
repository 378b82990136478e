"""Foreign failures are understood."""

import errno

import pytest

from core.model import errors
from drivers import failures


@pytest.mark.parametrize(
    ("number", "error"),
    [
        (errno.ENOSPC, errors.NoCapacity),
        (errno.EDQUOT, errors.NoCapacity),
        (errno.ENOENT, errors.NotFound),
        (errno.ELOOP, errors.Invalid),
        (errno.EACCES, errors.Unavailable),
        (errno.EIO, errors.Unavailable),
        (errno.ESTALE, errors.Unavailable),
    ],
)
def test_a_failed_system_call_says_what_it_means(
    number: int, error: type[errors.ForebayError]
) -> None:
    """With what it was about and what to do."""
    with pytest.raises(error) as caught, failures.translated("pool/1"):
        raise OSError(number, "it failed")
    assert caught.value.object == "pool/1"
    assert caught.value.hint


def test_every_row_of_the_tables_has_a_hint() -> None:
    """Nobody is left without advice."""
    rows = [*failures.BY_ERRNO.values(), *(meaning for _, meaning in failures.BY_TEXT)]
    assert all(hint for _, hint in rows)
