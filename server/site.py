"""Configuration to drivers, journal and control plane: the only file that knows everything."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random, SystemRandom

import msgspec

from core.driver import Site
from core.model.errors import Unavailable
from core.model.records import SettingValue
from core.model.setting_table import SETTINGS
from core.model.settings import setting_id
from core.plane import ControlPlane
from core.runtime import Runtime
from server import credentials
from server.config import SiteFile
from server.credentials import Credentials
from server.failures import unwrapped
from server.founding import Founding, founding_records
from server.journal.group_commit import GroupCommitJournal, open_journal
from server.journal.lock import DirectoryLock
from server.logging import Log

ENDPOINT = "endpoint.url"
ADDED = "added"
"""Marks a data directory to which the whole of the site file was added once."""


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """A running control plane and what it stands on."""

    plane: ControlPlane
    journal: GroupCommitJournal
    credentials: Credentials
    simulated: bool


@asynccontextmanager
async def open_service(
    site: SiteFile, directory: Path, runtime: Runtime, log: Log, *, url: str
) -> AsyncGenerator[Service]:
    """The control plane of `site` over its data in `directory`; `url` is where it will listen.

    The first start founds it and leaves the administrator's token in `credentials.json`.
    Raises Conflict (another server has the directory), Integrity, Unavailable, Unsupported.
    """
    _make(directory)
    # Identifiers must differ from those of every earlier start, and keys must be secret.
    random = SystemRandom()
    with unwrapped(), DirectoryLock(directory):
        instance = f"{random.getrandbits(64):016x}"
        path = directory / "journal.db"
        before = credentials.read(directory)
        async with (
            open_journal(path, runtime, instance=instance, limits=site.journal) as journal,
            _drivers(site, directory, runtime) as drivers,
            ControlPlane.open(runtime, journal, drivers, random) as plane,
        ):
            known = await _found(plane, site, directory, runtime, random, url)
            await _announce(plane, before, url)
            await _add(plane, site, directory, known, log)
            yield Service(
                plane=plane,
                journal=journal,
                credentials=known,
                simulated=site.kind == "simulated",
            )


async def _found(
    plane: ControlPlane, site: SiteFile, directory: Path, runtime: Runtime, random: Random, url: str
) -> Credentials:
    known = credentials.read(directory)
    if plane.is_empty:
        # The token is on disk before its hash is: a crash between leaves an empty plane.
        known = credentials.drawn(url)
        credentials.write(directory, known)
        await plane.found(founding_records(site, known, random, runtime.now()))
    elif known is None:
        raise Unavailable(
            "the credentials are missing",
            object=f"file/{directory / credentials.FILE}",
            hint="put the file back from a backup of the data directory",
        )
    elif known.url != url:
        known = credentials.moved(known, url)
        credentials.write(directory, known)
    return known


async def _announce(plane: ControlPlane, before: Credentials | None, url: str) -> None:
    """Let links begin with where the server listens now, unless an administrator says otherwise."""
    said = plane.settings.text(ENDPOINT)
    own = (SETTINGS[ENDPOINT].default, before.url if before is not None else url)
    if said in own and said != url:
        told = setting_id(ENDPOINT, "global", "")
        await plane.found(
            [SettingValue(id=told, name=ENDPOINT, scope="global", scope_id="", value=url)]
        )


async def _add(
    plane: ControlPlane, site: SiteFile, directory: Path, known: Credentials, log: Log
) -> None:
    mark = directory / ADDED
    if mark.exists():
        return
    admin = plane.identify(known.token_sha256)
    if await Founding(plane, admin, site, log).run():
        mark.touch()


def _make(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"cannot make the data directory: {error.strerror}",
            object=f"directory/{directory}",
            hint="name a directory that the server may write to with --data",
        ) from None


@asynccontextmanager
async def _drivers(site: SiteFile, directory: Path, runtime: Runtime) -> AsyncGenerator[Site]:
    """The site's drivers; only the kind that is served is imported."""
    if site.kind == "real":
        from drivers.download import Rules  # noqa: PLC0415
        from drivers.site import RealSite  # noqa: PLC0415

        yield RealSite(Rules(folders=site.downloads.folders, networks=site.downloads.networks))
    else:
        from server.simulated_site import open_simulated_site  # noqa: PLC0415

        async with open_simulated_site(site, directory, runtime) as simulated:
            yield simulated
