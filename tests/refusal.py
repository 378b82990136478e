"""What tests expect of a refusal: its kind, CloudStack's number, the object, and a hint."""

from collections.abc import Generator
from contextlib import contextmanager

import pytest

from core.model.errors import ForebayError


@contextmanager
def refusal(
    kind: type[ForebayError], number: int, object: str = ""
) -> Generator[pytest.ExceptionInfo[ForebayError]]:
    """The block must be refused so; every refusal has a hint that says what to do."""
    with pytest.raises(ForebayError) as caught:
        yield caught
    error = caught.value
    assert (type(error), error.number, error.object) == (kind, number, object), repr(error)
    assert error.hint
