"""Logs are JSON lines without secrets."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.model.errors import Unavailable
from server import logging


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    """Where all is logged while the test runs."""
    path = tmp_path / "log"
    logging.configure("info", path)
    yield path
    logging.configure("error")


def test_each_line_is_an_object_and_hides_secrets(log_file: Path) -> None:
    """By the name of the field, at any depth; the level decides what is written."""
    log = logging.logger("test").bind(token="t0ken")
    log.info("hello", password="p4ss", request={"authorization": "Bearer t0ken", "id": 5})
    log.debug("unseen")
    (line,) = log_file.read_text().splitlines()
    entry = json.loads(line)
    assert (entry["event"], entry["level"], entry["logger"]) == ("hello", "info", "forebay.test")
    assert entry["request"]["id"] == 5
    assert "t0ken" not in line
    assert "p4ss" not in line


def test_a_traceback_is_one_line(log_file: Path) -> None:
    """Programs read the log too."""
    try:
        _ = 1 // 0
    except ZeroDivisionError:
        logging.logger("test").exception("failed")
    (line,) = log_file.read_text().splitlines()
    assert "ZeroDivisionError" in json.loads(line)["exception"]


def test_a_log_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Not a traceback."""
    with pytest.raises(Unavailable) as refused:
        logging.configure("info", tmp_path / "none" / "log")
    assert refused.value.object == f"file/{tmp_path / 'none' / 'log'}"
