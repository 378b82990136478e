"""Details of things as callers see them."""

from collections.abc import Iterable, Iterator

from core.model import errors
from core.model.access import is_below
from core.model.commands.command import Command, Role
from core.model.commands.ownership.detail import ListResourceDetails
from core.model.records import Record
from core.model.records.record import Detailed
from core.plans.context import Context
from core.plans.detail.kept import is_detailed
from core.plans.tag.resource import (
    Owner,
    ResourceType,
    detailed_type,
    find_thing,
    owner_of,
    type_of,
)
from core.views.listing import ALL_PROJECTS, Answer, Query, paged
from core.views.view import View


class DetailView(View, frozen=True, kw_only=True):
    """CloudStack's resourcedetail object."""

    resourceid: str
    resourcetype: str
    key: str
    value: str
    fordisplay: bool


def _things(context: Context, command: ListResourceDetails, type: ResourceType) -> Iterator[Record]:
    """The one named, or all of the type, of the owner asked for. Raises NotFound, Denied."""
    found: Iterable[Record] = context.inventory.all(type.kind)
    if command.resource_id is not None:
        found = (find_thing(context, type, command.resource_id),)
    account_id = _account_asked(context, command)
    for thing in found:
        owner = owner_of(context, thing)
        if account_id and (owner is None or owner.account_id != account_id):
            continue
        if type_of(thing) == type and _is_in_domain(context, command, owner):
            yield thing


def _account_asked(context: Context, command: ListResourceDetails) -> str:
    if command.project_id is not None and command.project_id != ALL_PROJECTS:
        return context.account_of(command.project_id).id
    if command.account is not None:
        return context.owner(command.account, command.domain_id).id
    return ""


def _is_in_domain(context: Context, command: ListResourceDetails, owner: Owner | None) -> bool:
    if command.domain_id is None:
        return True
    if owner is None or not command.is_recursive:
        return owner is not None and owner.domain_id == command.domain_id
    return is_below(owner.domain_id, command.domain_id, context.inventory)


def _require_fitting(context: Context, command: ListResourceDetails) -> None:
    """Raise Invalid when nothing says which, Denied for what root administrators may ask only."""
    if command.resource_id is None and command.value is None:
        raise errors.Invalid("nothing says which details", hint="give resourceid, or key and value")
    if command.value is not None and command.key is None:
        raise errors.Invalid("a value is given without its key", hint="give both")
    asked = command.value is not None or command.for_display is not None
    if asked and context.caller.role is not Role.ADMIN:
        raise errors.Denied(
            "only root administrators find details by value, or hidden ones",
            object=f"user/{context.caller.user_id}",
            hint="leave value and fordisplay out",
        )


def _rows(command: ListResourceDetails, thing: Detailed, *, shown: bool) -> Iterator[DetailView]:
    keyword = (command.keyword or "").lower()
    for key, value in sorted(thing.details.items()):
        hidden = key in thing.hidden_details
        wanted = command.key in (None, key) and command.value in (None, value)
        if wanted and keyword in key.lower() and not (shown and hidden):
            yield DetailView(
                resourceid=thing.id,
                resourcetype=type_of(thing).name,
                key=key,
                value=value,
                fordisplay=not hidden,
            )


def _details(context: Context, command: ListResourceDetails) -> Answer:
    """Raises Invalid, NotFound, Denied."""
    type = detailed_type(command.resource_type)
    _require_fitting(context, command)
    shown = context.caller.role is not Role.ADMIN or command.for_display is True
    rows: list[DetailView] = []
    for thing in _things(context, command, type):
        assert is_detailed(thing)
        rows.extend(_rows(command, thing, shown=shown))
    if command.for_display is False:
        rows = [row for row in rows if not row.fordisplay]
    return paged(context, command, rows)


QUERIES: dict[type[Command], Query] = {ListResourceDetails: _details}
