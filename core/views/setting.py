"""Settings as callers see them (semantics section 2.11)."""

from core.model.commands.command import Command
from core.model.commands.setting import ListConfigurations
from core.model.inventory import Inventory
from core.model.records import (
    SettingValue,
)
from core.model.setting import Setting
from core.model.setting_table import SETTINGS
from core.model.settings import setting_id
from core.plans.context import Context
from core.plans.setting.update import scope_of
from core.views.listing import Answer, Query, paged
from core.views.view import View, text


class ConfigurationView(View, frozen=True, kw_only=True):
    """CloudStack's configuration object."""

    name: str
    value: str
    defaultvalue: str
    category: str
    group: str
    displaytext: str
    description: str
    type: str
    scope: str
    isdynamic: bool | None = None
    unit: str | None = None
    options: str | None = None
    id: str | None = None


def written(value: object) -> str:
    """A setting's value as CloudStack writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


TYPES: dict[type, str] = {int: "Number", float: "Decimal", bool: "Boolean", str: "String"}


def configuration_view(
    inventory: Inventory, setting: Setting, scope: str, scope_id: str
) -> ConfigurationView:
    """The setting with its value in force at a scope."""
    at_scope = inventory.find(SettingValue, setting_id(setting.name, scope, scope_id))
    changed = at_scope or inventory.find(SettingValue, setting_id(setting.name, "global", ""))
    return ConfigurationView(
        name=setting.name,
        value=changed.value if changed is not None else written(setting.default),
        defaultvalue=written(setting.default),
        category=setting.category,
        group=setting.category,
        displaytext=setting.name.replace(".", " ").capitalize(),
        description=setting.description,
        type=TYPES[type(setting.default)],
        scope=",".join(("global", *setting.scopes)),
        isdynamic=True,
        unit=text(setting.unit),
        options=text(",".join(setting.choices)),
        id=scope_id or None,
    )


def _configurations(context: Context, command: ListConfigurations) -> Answer:
    scope, scope_id = scope_of(context, command)
    wanted = (command.name or "").lower()
    keyword = (command.keyword or "").lower()
    shown = [
        configuration_view(context.inventory, setting, scope, scope_id)
        for setting in SETTINGS.values()
        if (not wanted or setting.name.lower() == wanted)
        and keyword in setting.name.lower()
        and command.category in (None, setting.category)
        and command.group in (None, setting.category)
        and command.subgroup is None
        and command.parent is None
        and (scope == "global" or scope in setting.scopes)
    ]
    return paged(context, command, shown)


def setting_answer(inventory: Inventory, record_id: str) -> Answer:
    """A setting at the scope at which it was changed; the id is that of its SettingValue."""
    scope, scope_id, name = record_id.split("/", 2)
    return {"configuration": configuration_view(inventory, SETTINGS[name], scope, scope_id)}


QUERIES: dict[type[Command], Query] = {ListConfigurations: _configurations}
