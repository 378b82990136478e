"""What machines did with their volumes, as callers see it: listVolumesUsageHistory."""

from core.model.commands.command import Command
from core.model.commands.volume import ListVolumesUsageHistory
from core.model.inventory import Inventory
from core.model.measure import Sample
from core.model.records import Volume
from core.plans.context import Context
from core.plans.moment import moment_s
from core.views.listing import Answer, Listing, Query, listed
from core.views.view import View, date

KIB = 1024


class SampleView(View, frozen=True, kw_only=True):
    """CloudStack's stats object: operations and KiB since the sample before."""

    timestamp: str | None = None
    diskioread: int
    diskiowrite: int
    diskiopstotal: int
    diskkbsread: int
    diskkbswrite: int


class UsageView(View, frozen=True, kw_only=True):
    """A volume and its samples, the oldest first."""

    id: str
    name: str
    stats: tuple[SampleView, ...]


def _sample(sample: Sample) -> SampleView:
    done = sample.done
    return SampleView(
        timestamp=date(sample.at_s),
        diskioread=done.reads,
        diskiowrite=done.writes,
        diskiopstotal=done.reads + done.writes,
        diskkbsread=done.read_bytes // KIB,
        diskkbswrite=done.write_bytes // KIB,
    )


def _history(context: Context, command: ListVolumesUsageHistory) -> Answer:
    """Raises Invalid for a date that is none."""
    first_s = moment_s(command.start_date, 0.0)
    last_s = moment_s(command.end_date, context.now_s)

    def view(inventory: Inventory, volume: Volume) -> UsageView:
        samples = inventory.usage.of(volume.id, first_s, last_s)
        return UsageView(
            id=volume.id, name=volume.name, stats=tuple(_sample(sample) for sample in samples)
        )

    count, page = listed(context, command, Listing(Volume, view, fields={"name": "name"}))
    return {"count": count, command.returns: page}


QUERIES: dict[type[Command], Query] = {ListVolumesUsageHistory: _history}
