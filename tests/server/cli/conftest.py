"""The program in a temporary folder, with and without a running server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.cli.program import Program


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """No server runs yet."""
    program = Program(tmp_path)
    yield program
    program.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A server runs, the same for all tests of a file."""
    program = Program(tmp_path_factory.mktemp("served"))
    program.start()
    yield program
    program.close()
