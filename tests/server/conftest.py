"""Async tests of the server run on trio, as the server does."""

import pytest

from server import logging


@pytest.fixture
def anyio_backend() -> str:
    """The backend of tests marked anyio."""
    return "trio"


@pytest.fixture(autouse=True, scope="session")
def quiet() -> None:
    """Only errors are logged during tests."""
    logging.configure("error")
