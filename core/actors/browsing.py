"""How a pool or an image store is looked through."""

from contextlib import suppress

from core.driver import ImageDriver, StorageDriver
from core.driver_words import DiskInfo, StoredObject
from core.model import errors
from core.plans.operation import InspectFiles, ListObjects, disk_name

OBJECTS_MAX = 1_000_000


async def browse(
    driver: StorageDriver | ImageDriver, asked: ListObjects
) -> tuple[StoredObject, ...]:
    """What is at the path, by path. Raises NotFound, and Invalid when it is too much."""
    if not asked.deep:
        return await _entries(driver, asked.path)
    found: list[StoredObject] = []
    folders = [asked.path]
    while folders:
        for entry in await _entries(driver, folders.pop()):
            if entry.directory:
                folders.append(entry.path)
            else:
                found.append(entry)
        if len(found) > OBJECTS_MAX:
            raise errors.Invalid(
                f"more than {OBJECTS_MAX} objects are there", hint="look folder by folder"
            )
    return tuple(sorted(found, key=lambda entry: entry.path))


async def _entries(driver: StorageDriver | ImageDriver, path: str) -> tuple[StoredObject, ...]:
    """The entries of a folder; of a file, the file itself."""
    try:
        return await driver.list_objects(path)
    except errors.NotFound:
        beside = await driver.list_objects(path.rpartition("/")[0])
        found = tuple(entry for entry in beside if entry.path == path)
        if not found:
            raise
        return found


async def recognized(
    driver: StorageDriver, asked: InspectFiles
) -> tuple[tuple[str, DiskInfo], ...]:
    """The images at or below the path that are no disks yet. Raises NotFound, Invalid."""
    found: list[tuple[str, DiskInfo]] = []
    for entry in await browse(driver, ListObjects(path=asked.path, deep=True)):
        if disk_name(entry.path) not in asked.known:
            with suppress(errors.Invalid, errors.NotFound):
                found.append((entry.path, await driver.inspect_file(entry.path)))
    return tuple(found)
