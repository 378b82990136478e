"""Every test of the suite runs on each filling that it names."""

import pytest

from tests.runtime.filling import PRODUCTION, VIRTUAL, Filling


@pytest.fixture(params=(PRODUCTION, *VIRTUAL), ids=lambda filling: filling.name)
def filling(request: pytest.FixtureRequest) -> Filling:
    """Each of the three fillings."""
    chosen = request.param
    assert isinstance(chosen, Filling)
    return chosen


@pytest.fixture(params=VIRTUAL, ids=lambda filling: filling.name)
def virtual(request: pytest.FixtureRequest) -> Filling:
    """Each of the two fillings on virtual time, which keep one order."""
    chosen = request.param
    assert isinstance(chosen, Filling)
    return chosen
