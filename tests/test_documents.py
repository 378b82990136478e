"""What the documents name is there: files, commands, and names in code."""

import re
from pathlib import Path

import pytest

from core.model.commands.registry import COMMANDS

ROOT = Path(__file__).parent.parent
TOPS = ("core", "drivers", "sim", "server", "tests", "benchmarks")
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("docs/**/*.md")),
    ROOT / "benchmarks" / "README.md",
]
WORDS = frozenset(
    word
    for top in TOPS
    for path in (ROOT / top).rglob("*.py")
    for word in re.findall(r"\w+", path.read_text())
)
FOLDERS = (ROOT, *(ROOT / top for top in TOPS), *(ROOT / "core").iterdir())
ELSEWHERE = frozenset(
    {"/rpc/v1", "/schema/openrpc.json", "DIR/world.msgpack", "credentials.json", "snapshot/multi"}
)
"""What looks like a path: of an address, or of a file that a site has."""

every_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS]
)


def _quoted(document: Path) -> list[str]:
    return re.findall(r"`([^`\n]+)`", document.read_text())


def _is_there(name: str, document: Path) -> bool:
    """A path from the root, a top folder, one of core's, or the document; or a name in a file."""
    folders = (*FOLDERS, document.parent)
    module, _, word = name.rpartition(".")
    in_module = (ROOT / f"{module}.py").is_file() and word in WORDS
    return in_module or any(
        (folder / path).exists() for folder in folders for path in (name, f"{name}.py")
    )


@every_document
def test_files_are_there(document: Path) -> None:
    """Every path and link in it leads to something."""
    paths = [name for name in _quoted(document) if re.fullmatch(r"[\w.-]*/[\w./-]*", name)]
    paths += [name for name in _quoted(document) if re.fullmatch(r"[\w-]+\.(py|md|toml)", name)]
    links = re.findall(r"\]\((?!http)([^)#\s]+)", document.read_text())
    lost = [name for name in paths if name not in ELSEWHERE and not _is_there(name, document)]
    lost += [link for link in links if not (document.parent / link).exists()]
    assert not lost


@every_document
def test_names_are_there(document: Path) -> None:
    """Every name in code that it quotes stands in the code."""
    quoted = [
        name.removesuffix("()")
        for name in _quoted(document)
        if re.fullmatch(r"[a-z]+_\w+|[A-Z]\w+\.\w+|[\w.]+\(\)", name)
    ]
    assert not [name for name in quoted if name.rpartition(".")[2] not in WORDS]


@every_document
def test_commands_are_there(document: Path) -> None:
    """Every word that looks like a command is one."""
    verbs = "|".join({re.sub("[A-Z].*", "", name) for name in COMMANDS})
    named = re.findall(rf"\b(?:{verbs})[A-Z]\w+", document.read_text())
    assert set(named) <= COMMANDS.keys()
