"""docs/coverage.md: every statement of the guide that holds names the test that holds it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.model.commands.registry import COMMANDS
from core.model.setting_table import SETTINGS

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "coverage.md"
COLUMNS = 4


def _rows() -> Iterator[tuple[str, str, str, str]]:
    """Statement, command, setting and test of every row; headings and rules are left out."""
    for line in DOCUMENT.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        is_row = line.startswith("|") and len(cells) == COLUMNS
        if is_row and cells[0] != "Statement" and not re.fullmatch(r"-+", cells[0]):
            statement, command, setting, test = cells
            yield statement, command, setting, test


ROWS = list(_rows())
every_row = pytest.mark.parametrize("row", ROWS, ids=[row[0][:60] for row in ROWS])


@every_row
def test_statement_has_a_test(row: tuple[str, str, str, str]) -> None:
    """The test exists under that name, and nothing says that it may fail or be left out."""
    path, _, name = row[3].partition("::")
    functions = {
        node.name: ast.unparse(node.decorator_list[0]) if node.decorator_list else ""
        for node in ast.walk(ast.parse((ROOT / path).read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert name in functions
    assert name.startswith("test_")
    assert "skip" not in functions[name]
    assert "xfail" not in functions[name]


@every_row
def test_statement_names_what_there_is(row: tuple[str, str, str, str]) -> None:
    """Its commands can be called, its settings can be set."""
    _, commands, settings, _ = row
    for name in re.findall(r"\w+", commands):
        assert name in COMMANDS
    for name in re.findall(r"[\w.]+", settings):
        assert name in SETTINGS


def test_no_statement_stands_twice() -> None:
    """One row each."""
    statements = [row[0] for row in ROWS]
    assert len(set(statements)) == len(statements)
