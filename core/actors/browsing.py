"""How a pool or an image store is looked through."""

from core.driver import ImageDriver, StorageDriver
from core.driver_words import StoredObject
from core.model import errors
from core.plans.operation import ListObjects

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
        for entry in await driver.list_objects(folders.pop()):
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
