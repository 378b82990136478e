"""With whom templates and ISOs are shared, as callers see it."""

from core.model.commands.command import Command
from core.model.commands.image.permission import ListIsoPermissions, ListTemplatePermissions
from core.model.records import Account
from core.plans.context import Context
from core.plans.template.access import own
from core.views.listing import Answer, Query
from core.views.view import View


class PermissionView(View, frozen=True, kw_only=True):
    """CloudStack's templatepermission object; `account` holds names."""

    id: str
    ispublic: bool
    domainid: str
    account: tuple[str, ...]
    projectids: tuple[str, ...]


def _permissions(context: Context, command: ListTemplatePermissions | ListIsoPermissions) -> Answer:
    template = own(context, command.id, iso=isinstance(command, ListIsoPermissions))
    found = (context.inventory.find(Account, each) for each in template.shared_with)
    accounts = [account for account in found if account is not None]
    view = PermissionView(
        id=template.id,
        ispublic=template.public,
        domainid=template.domain_id,
        account=tuple(account.name for account in accounts if not account.project_id),
        projectids=tuple(account.project_id for account in accounts if account.project_id),
    )
    return {"templatepermission": view}


QUERIES: dict[type[Command], Query] = {
    ListTemplatePermissions: _permissions,
    ListIsoPermissions: _permissions,
}
