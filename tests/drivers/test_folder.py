"""No path and no link leads out of a folder."""

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.model import errors
from drivers import folder as folders
from drivers.folder import Folder

SWAPS = 2000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a secret beside it."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "file").write_text("secret")
    root = tmp_path / "root"
    root.mkdir()
    return root


@given(name=some.text(max_size=300))
def test_a_name_is_plain_or_refused(name: str) -> None:
    """What is accepted cannot be an option, a path, a hidden file or an unfinished one."""
    try:
        folders.require_name(name, "folder")
    except errors.Invalid:
        return
    assert name.isascii()
    assert "/" not in name
    assert not name.startswith((".", "-"))
    assert not name.endswith(".part")


@pytest.mark.parametrize("path", ["..", "a/../b", "a//b", "/etc", "a/", ".", "a\0b", "a/./b"])
def test_a_path_that_climbs_is_refused(root: Path, path: str) -> None:
    """For listing, opening and making alike."""
    with pytest.raises(errors.Invalid):
        folders.require_path(path, "folder")
    with pytest.raises((errors.Invalid, errors.NotFound)):
        Folder(str(root), "folder").entries(path)


def test_links_are_neither_listed_nor_followed(root: Path) -> None:
    """Whether they lead to a file or to a folder."""
    (root / "file").symlink_to(root.parent / "secret" / "file")
    (root / "folder").symlink_to(root.parent / "secret")
    (root / "plain").write_text("plain")
    folder = Folder(str(root), "folder")
    assert [entry.path for entry in folder.entries("")] == ["plain"]
    for path in ("file", "folder/file"):
        with pytest.raises(errors.Invalid):
            folder.open(path)
    with pytest.raises(errors.Invalid):
        folder.entries("folder")
    with pytest.raises(errors.Invalid):
        folder.make("folder/new")
    folder.remove("file")
    assert (root.parent / "secret" / "file").exists()


def test_a_link_that_is_swapped_in_meanwhile_is_not_followed(root: Path) -> None:
    """The check and the use are one: a folder and a link change places all the time."""
    (root / "a").mkdir()
    (root / "link").symlink_to(root.parent / "secret")
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            (root / "a").rename(root / "b")
            (root / "link").rename(root / "a")
            (root / "a").rename(root / "link")
            (root / "b").rename(root / "a")

    thread = threading.Thread(target=swap)
    thread.start()
    folder = Folder(str(root), "folder")
    try:
        for _ in range(SWAPS):
            try:
                assert folder.entries("a") == ()
            except (errors.Invalid, errors.NotFound):
                continue
    finally:
        stop.set()
        thread.join()


def test_a_part_becomes_the_file_in_one_step(root: Path) -> None:
    """And takes the place of what was there."""
    folder = Folder(str(root), "folder")
    folder.make("a/b/file")
    folder.make("a/b/file.part", 1000)
    folder.publish("a/b/file.part", "a/b/file")
    (entry,) = folder.entries("a/b")
    assert (entry.path, entry.size_bytes, entry.directory) == ("a/b/file", 1000, False)
    (entry,) = folder.entries("a")
    assert (entry.path, entry.directory) == ("a/b", True)


def test_a_folder_goes_with_its_last_file(root: Path) -> None:
    """But the root stays, and a folder that others need."""
    folder = Folder(str(root), "folder")
    for path in ("a/b/1", "a/b/2", "a/3"):
        folder.make(path)
    folder.remove("a/b/1", "a/b/2")
    assert [entry.path for entry in folder.entries("a")] == ["a/3"]
    folder.remove("a/3")
    assert folder.entries("") == ()


def test_a_file_is_made_while_its_folder_is_pruned(root: Path) -> None:
    """Two that share a folder do not disturb each other."""
    folder = Folder(str(root), "folder")
    stop = threading.Event()

    def come_and_go() -> None:
        while not stop.is_set():
            folder.make("a/b/1")
            folder.remove("a/b/1")

    thread = threading.Thread(target=come_and_go)
    thread.start()
    try:
        for _ in range(SWAPS // 10):
            folder.make("a/b/2")
            folder.remove("a/b/2")
    finally:
        stop.set()
        thread.join()


def test_removing_what_is_absent_is_success(root: Path) -> None:
    """The file, or a folder on the way."""
    Folder(str(root), "folder").remove("none", "no/folder/none")


def test_a_capacity_counts_what_the_files_take(root: Path) -> None:
    """With holes left out; without a capacity the file system answers."""
    folder = Folder(str(root), "folder", capacity_bytes=1 << 20)
    folder.make("hole", 1 << 30)
    (root / "data").write_bytes(b"x" * 8192)
    space = folder.space()
    assert (space.capacity_bytes, space.used_bytes) == (1 << 20, 8192)
    assert Folder(str(root), "folder").space().capacity_bytes > 1 << 20


def test_a_root_that_is_not_mounted_is_unavailable(tmp_path: Path) -> None:
    """It must not look like an empty pool."""
    folder = Folder(str(tmp_path / "none"), "pool/1")
    for call in (folder.space, lambda: folder.entries(""), lambda: folder.open("disk")):
        with pytest.raises(errors.Unavailable):
            call()


def test_only_regular_files_are_opened(root: Path) -> None:
    """A pipe that waits for ever, or a device, is no image."""
    os.mkfifo(root / "pipe")
    with pytest.raises(errors.Invalid):
        Folder(str(root), "folder").open("pipe")
