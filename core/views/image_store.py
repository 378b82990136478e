"""Image stores as callers see them (semantics section 2.11)."""

from collections.abc import Iterator

from core.model.commands.command import Command
from core.model.commands.image_store import ListImageStores
from core.model.inventory import Inventory
from core.model.records import (
    ImageStore,
    Migration,
    Zone,
)
from core.plans.context import Context
from core.plans.image_store.migration import COMPLETE
from core.views.listing import Listing, Views
from core.views.view import View, date, name_of, text


class ImageStoreView(View, frozen=True, kw_only=True):
    """CloudStack's imagestore object. Sizes are bytes."""

    id: str
    name: str
    url: str
    protocol: str
    providername: str
    scope: str
    readonly: bool
    disksizetotal: int
    disksizeused: int
    hasannotations: bool
    zoneid: str | None = None
    zonename: str | None = None
    created: str | None = None


def image_store_view(inventory: Inventory, store: ImageStore) -> ImageStoreView:
    """The image store."""
    return ImageStoreView(
        id=store.id,
        name=store.name,
        url=store.url,
        protocol=store.protocol,
        providername=store.provider,
        scope="ZONE" if store.zone_id else "REGION",
        readonly=store.readonly,
        disksizetotal=store.capacity_bytes,
        disksizeused=store.used_bytes,
        hasannotations=False,
        zoneid=text(store.zone_id),
        zonename=name_of(inventory, Zone, store.zone_id),
        created=date(store.created_s),
    )


class MigrationView(View, frozen=True, kw_only=True):
    """CloudStack's answer to a migration of images."""

    message: str
    migrationtype: str
    success: bool


def migration_view(inventory: Inventory, migration: Migration) -> MigrationView:
    """How it went; one that was to empty its source has not succeeded when anything stays."""
    left = migration.skipped or migration.stopped
    complete = migration.type == COMPLETE
    failed = migration.failed or migration.round_failure or (complete and left)
    return MigrationView(
        message=migration.held_back or "; ".join(_told(migration)),
        migrationtype=migration.type,
        success=not (failed or migration.held_back),
    )


def _told(migration: Migration) -> Iterator[str]:
    yield f"{migration.moved + migration.late} moved"
    if migration.round_failure:
        yield f"what came late was not looked at, because {migration.round_failure}"
    if migration.failed:
        yield f"{migration.failed} failed, the first because {migration.failure}"
    if migration.skipped:
        yield f"{migration.skipped} stay"
    if migration.stopped:
        yield migration.stopped


def _store_serves(context: Context, store: ImageStore, zone_id: str) -> bool:
    return store.zone_id in ("", zone_id)


def _is_not_up(store: ImageStore) -> bool:
    return not store.up


LISTINGS: dict[type[Command], Listing] = {
    ListImageStores: Listing(
        ImageStore,
        image_store_view,
        {"name": "name"},
        {"provider": "provider", "protocol": "protocol", "readonly": "readonly"},
        {"zone_id": _store_serves},
        hidden=_is_not_up,
    ),
}
VIEWS: Views = {Migration: ("imagestore", migration_view)}
