"""Images on a pool that could become volumes: listVolumesForImport."""

from core.model.commands.command import Command
from core.model.commands.volume import ListVolumesForImport
from core.model.records import Pool, PoolTemplate, Volume
from core.plans.context import Context
from core.plans.operation import Files, InspectFiles
from core.plans.volume.adopt import require_importable
from core.views.browsing.look import Look
from core.views.listing import Answer, paged
from core.views.pool.pool import place_on_server
from core.views.view import View

LOOK_S = 600.0


class ImportableView(View, frozen=True, kw_only=True):
    """CloudStack's volumeforimport. Sizes are bytes: in the pool, and as a guest sees it."""

    name: str
    path: str
    fullpath: str
    format: str
    size: int
    virtualsize: int
    storageid: str
    storagename: str
    storagetype: str


def _ask(context: Context, command: ListVolumesForImport) -> tuple[str, InspectFiles]:
    """Raises NotFound, and Unsupported for pools whose images do not become volumes."""
    inventory = context.inventory
    pool = inventory.get(Pool, command.storage_id)
    require_importable(pool)
    known = {volume.id for volume in inventory.having(Volume, "pool", pool.id)}
    known |= {volume.id for volume in inventory.having(Volume, "target", pool.id)}
    known |= {copy.template_id for copy in inventory.having(PoolTemplate, "pool", pool.id)}
    path = (command.path or "").strip("/")
    return f"pool/{pool.id}", InspectFiles(path=path, known=frozenset(known))


def _answer(context: Context, command: ListVolumesForImport, asked: Files) -> Answer:
    pool = context.inventory.get(Pool, command.storage_id)
    _, folder = place_on_server(pool)
    keyword = (command.keyword or "").lower()
    rows = [
        ImportableView(
            name=path.rpartition("/")[2],
            path=path,
            fullpath=f"{folder.rstrip('/')}/{path}",
            format=str(disk.format),
            size=disk.physical_bytes,
            virtualsize=disk.size_bytes,
            storageid=pool.id,
            storagename=pool.name,
            storagetype="local" if pool.scope == "HOST" else "shared",
        )
        for path, disk in asked.found
        if keyword in path.lower()
    ]
    return paged(context, command, rows)


LOOKS: dict[type[Command], Look] = {ListVolumesForImport: Look(_ask, _answer, LOOK_S)}
