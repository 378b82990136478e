"""Folders made of the paths of simulated objects."""

from collections.abc import Mapping

from core.driver_words import StoredObject
from core.model import errors


def entries(
    objects: Mapping[str, tuple[int, float]], path: str, subject: str
) -> tuple[StoredObject, ...]:
    """The entries of folder `path`; `objects` maps a path to its bytes and when it was changed.

    A folder is there as long as something is in it. Raises NotFound.
    """
    prefix = f"{path}/" if path else ""
    found: dict[str, StoredObject] = {}
    for name, (size_bytes, modified_s) in objects.items():
        if name.startswith(prefix):
            first, slash, _ = name.removeprefix(prefix).partition("/")
            found[first] = StoredObject(
                path=prefix + first,
                size_bytes=0 if slash else size_bytes,
                modified_s=modified_s,
                directory=bool(slash),
            )
    if not found and path:
        hint = "list the root to see what is there"
        raise errors.NotFound(f"no folder {path}", object=subject, hint=hint)
    return tuple(found[name] for name in sorted(found))
