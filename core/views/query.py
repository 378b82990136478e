"""Answers to the commands that only read: one row each, next to the list table."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from core.model import errors
from core.model.commands.administration import (
    ListAsyncJobs,
    ListConfigurations,
    QueryAsyncJobResult,
)
from core.model.commands.command import Command, ListCommand
from core.model.commands.storage import ListCapacity
from core.model.inventory import Inventory
from core.model.records import (
    KINDS,
    Cluster,
    ImageStore,
    Job,
    Pod,
    Pool,
    SettingValue,
    Zone,
)
from core.model.settings import SETTINGS
from core.model.states import JobStatus
from core.plans.context import Context
from core.plans.placement import total_bytes
from core.plans.setting import scope_of
from core.views.administration import (
    CapacityView,
    JobLive,
    JobView,
    configuration_view,
    job_view,
)
from core.views.listing import Listing, listed, page_of
from core.views.table import LISTINGS, view_of
from core.views.view import name_of, text

Answer = dict[str, object]
Live = Callable[[Job], JobLive]
IDLE = JobLive()


def query(context: Context, command: Command, live: Live) -> Answer:
    """The answer. Raises NotFound, Invalid."""
    listing = LISTINGS.get(type(command))
    if listing is not None:
        count, page = listed(context, command, listing)  # type: ignore[arg-type]
        return {"count": count, command.returns: page}
    return QUERIES[type(command)](context, command, live)


def job_answer(inventory: Inventory, job: Job, live: Live) -> JobView:
    """The job as its owner sees it, with its object once it has succeeded."""
    result: object = None
    if job.status is JobStatus.SUCCEEDED:
        result = {"success": True}
        kind = KINDS.get(job.instance_kind)
        record = inventory.find(kind, job.instance_id) if kind is not None else None
        if record is not None:
            key, view = view_of(inventory, record)
            result = {key: view}
    return job_view(job, live(job) if job.status is JobStatus.IN_PROGRESS else IDLE, result)


def find_job(context: Context, job_id: str) -> Job:
    """The job, if the caller may see it. Raises NotFound."""
    return context.get(Job, job_id)


def _job(context: Context, command: QueryAsyncJobResult, live: Live) -> Answer:
    view = job_answer(context.inventory, find_job(context, command.job_id), live)
    return {"job": view}


def _jobs(context: Context, command: ListAsyncJobs, live: Live) -> Answer:
    since_s = _instant(command.start_date)

    def view(inventory: Inventory, job: Job) -> JobView:
        return job_answer(inventory, job, live)

    def is_older(job: Job) -> bool:
        return job.created_s < since_s

    listing = Listing(Job, view, hidden=is_older)
    if command.start_date is None:
        listing = Listing(Job, view)
    count, page = listed(context, command, listing)
    return {"count": count, command.returns: page}


def _instant(date: str | None) -> float:
    if date is None:
        return 0.0
    try:
        return datetime.fromisoformat(date).timestamp()
    except ValueError:
        raise errors.Invalid(
            f"{date!r} is no date", hint="write it as 2026-01-31T10:00:00+0000"
        ) from None


def _configurations(context: Context, command: ListConfigurations, live: Live) -> Answer:
    scope, scope_id = scope_of(context, command)
    wanted = (command.name or "").lower()
    keyword = (command.keyword or "").lower()
    shown = [
        configuration_view(context.inventory, setting, scope, scope_id)
        for setting in SETTINGS.values()
        if (not wanted or setting.name.lower() == wanted)
        and keyword in setting.name.lower()
        and command.category in (None, setting.category)
        and (scope == "global" or scope in setting.scopes)
    ]
    return _paged(context, command, shown)


def _paged(context: Context, command: ListCommand, rows: Sequence[object]) -> Answer:
    first, size = page_of(context, command)
    return {"count": len(rows), command.returns: list(rows[first : first + size])}


def setting_answer(inventory: Inventory, changed: SettingValue) -> Answer:
    """A setting at the scope at which it was changed."""
    setting = SETTINGS[changed.name]
    view = configuration_view(inventory, setting, changed.scope, changed.scope_id)
    return {"configuration": view}


PRIMARY, SECONDARY, LOCAL = 3, 6, 9
NAMES = {PRIMARY: "STORAGE_ALLOCATED", SECONDARY: "SECONDARY_STORAGE", LOCAL: "LOCAL_STORAGE"}


def _capacity(context: Context, command: ListCapacity, live: Live) -> Answer:
    keyword = (command.keyword or "").lower()
    rows = [*_primary(context), *_secondary(context)]
    asked = {
        "type": command.type,
        "zoneid": command.zone_id,
        "podid": command.pod_id,
        "clusterid": command.cluster_id,
    }
    shown = [
        row
        for row in rows
        if keyword in row.name.lower()
        and all(value is None or getattr(row, name) == value for name, value in asked.items())
    ]
    return _paged(context, command, shown)


def _primary(context: Context) -> list[CapacityView]:
    """One row for each zone and cluster: what may be allocated and what is."""
    sums: dict[tuple[int, str, str, str], list[int]] = {}
    for pool in context.inventory.all(Pool):
        kind = LOCAL if pool.scope == "HOST" else PRIMARY
        row = sums.setdefault((kind, pool.zone_id, pool.pod_id, pool.cluster_id), [0, 0])
        row[0] += total_bytes(context, pool)
        row[1] += context.inventory.total("pool.allocated", pool.id)
    return [_row(context.inventory, place, total, used) for place, (total, used) in sums.items()]


def _secondary(context: Context) -> list[CapacityView]:
    sums: dict[tuple[int, str, str, str], list[int]] = {}
    for store in context.inventory.all(ImageStore):
        row = sums.setdefault((SECONDARY, store.zone_id, "", ""), [0, 0])
        row[0] += store.capacity_bytes
        row[1] += store.used_bytes
    return [_row(context.inventory, place, total, used) for place, (total, used) in sums.items()]


def _row(
    inventory: Inventory, place: tuple[int, str, str, str], total: int, used: int
) -> CapacityView:
    kind, zone_id, pod_id, cluster_id = place
    return CapacityView(
        type=kind,
        name=NAMES[kind],
        zoneid=zone_id,
        zonename=name_of(inventory, Zone, zone_id),
        podid=text(pod_id),
        podname=name_of(inventory, Pod, pod_id),
        clusterid=text(cluster_id),
        clustername=name_of(inventory, Cluster, cluster_id),
        capacitytotal=total,
        capacityused=used,
        capacityallocated=used,
        percentused=f"{100 * used / total if total else 0:.2f}",
    )


QUERIES: dict[type[Command], Callable[[Context, Any, Live], Answer]] = {
    QueryAsyncJobResult: _job,
    ListAsyncJobs: _jobs,
    ListConfigurations: _configurations,
    ListCapacity: _capacity,
}
