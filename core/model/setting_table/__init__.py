"""Every setting that Forebay obeys, by what it is about; semantics section 3."""

from core.model.setting import Setting
from core.model.setting_table import (
    api,
    capacity,
    job,
    limit,
    machine,
    place,
    secondary,
    snapshot,
    template,
    volume,
)

SETTINGS: dict[str, Setting] = {
    row.name: row
    for module in (capacity, volume, snapshot, limit, job, place, secondary, template, api, machine)
    for row in module.ROWS
}
