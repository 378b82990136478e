"""The limits on files and functions, and the habits that no linter holds."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import pytest

ROOT = Path(__file__).parent.parent
TOPS = ("core", "drivers", "sim", "server")
FILE_LINES_MAX = 400
FILE_LINES_MEDIAN = 170
FUNCTION_LINES_MAX = 60
FUNCTION_LINES_P90 = 30
FOREIGN = {
    "apsw": {"server/journal/database.py"},
    "trio_websocket": {"server/transport/websocket.py"},
    "hypercorn": {"server/transport/http_server.py"},
    "subprocess": {"drivers/process.py", "server/demo/process.py"},
}
FILES_A_FOLDER_MAX = 20
BANNED_NAMES = {"utils", "helpers", "common", "manager", "base", "misc", "service"}


def _sources(tops: tuple[str, ...] = TOPS) -> list[Path]:
    return sorted(path for top in tops for path in (ROOT / top).rglob("*.py"))


def _functions() -> Iterator[tuple[int, str]]:
    for path in _sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                yield lines, f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"


def test_files_are_small() -> None:
    """No file passes the hard limit, and the median stays near its aim."""
    lengths = {path: len(path.read_text().splitlines()) for path in _sources()}
    too_long = {str(path): lines for path, lines in lengths.items() if lines > FILE_LINES_MAX}
    assert not too_long
    assert median(lines for lines in lengths.values() if lines > 1) <= FILE_LINES_MEDIAN


def test_functions_are_small() -> None:
    """No function passes the hard limit, and nine of ten stay under the soft one."""
    lengths = sorted(_functions(), reverse=True)
    assert lengths[0][0] <= FUNCTION_LINES_MAX, lengths[0]
    assert quantiles([lines for lines, _ in lengths], n=10)[8] <= FUNCTION_LINES_P90


def test_foreign_libraries_stay_where_they_belong() -> None:
    """Each is imported in one place, behind words of our own."""
    for path in _sources():
        name = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text())):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            for module in modules:
                allowed = FOREIGN.get(module.partition(".")[0])
                assert allowed is None or name in allowed, f"{name} imports {module}"


def test_folders_are_small() -> None:
    """A folder's files can be taken in at a glance."""
    counts: dict[Path, int] = {}
    for path in _sources():
        counts[path.parent] = counts.get(path.parent, 0) + (path.name != "__init__.py")
    too_full = {str(f.relative_to(ROOT)): n for f, n in counts.items() if n > FILES_A_FOLDER_MAX}
    assert not too_full


@pytest.mark.parametrize("top", [*TOPS, "tests", "benchmarks"])
def test_modules_say_what_they_are_for(top: str) -> None:
    """Every module begins with a docstring of one line, then its name says where it belongs."""
    for path in _sources((top,)):
        docstring = ast.get_docstring(ast.parse(path.read_text()))
        assert docstring, path
        assert docstring.splitlines()[0].endswith((".", ":")), path
        assert path.stem not in BANNED_NAMES, path


def test_every_test_says_what_it_claims() -> None:
    """Every test function has a docstring."""
    for path in _sources(("tests",)):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                assert ast.get_docstring(node), f"{path}:{node.lineno}"


def test_frozen_structs_repeat_it() -> None:
    """`kw_only`, which msgspec does not inherit, and `frozen` stand in each class line."""
    for path in _sources(("core",)):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and node.keywords:
                named = {keyword.arg for keyword in node.keywords}
                assert "frozen" in named or node.name == "Command", f"{path}:{node.lineno}"
