"""What tests of core begin with."""

import pytest

from tests.small_zone import SmallZone


@pytest.fixture
def zone() -> SmallZone:
    """A zone that is only records."""
    return SmallZone()
