"""updateConfiguration and resetConfiguration."""

from core.model import errors
from core.model.commands.setting import ResetConfiguration, UpdateConfiguration
from core.model.records import (
    Account,
    Cluster,
    Domain,
    ImageStore,
    Pool,
    Record,
    SettingValue,
    Zone,
)
from core.model.setting import Setting
from core.model.setting_table import SETTINGS
from core.model.settings import parse, setting_id
from core.plans.context import Context
from core.plans.step import Add, Change, Claim, Drop, Effect

# parameter: (scope, kind of what it names)
SCOPES: dict[str, tuple[str, type[Record]]] = {
    "zone_id": ("zone", Zone),
    "cluster_id": ("cluster", Cluster),
    "storage_id": ("pool", Pool),
    "account_id": ("account", Account),
    "domain_id": ("domain", Domain),
    "image_store_uuid": ("imagestore", ImageStore),
    "image_store_id": ("imagestore", ImageStore),
}


def scope_of(context: Context, command: object) -> tuple[str, str]:
    """The scope named by at most one parameter, and its id. Raises Invalid, NotFound."""
    given = {name: getattr(command, name, None) for name in SCOPES}
    named = [(name, value) for name, value in given.items() if value]
    if len(named) > 1:
        several = ", ".join(name.replace("_", "") for name, _ in named)
        raise errors.Invalid("more than one scope is given", hint=f"give one of {several}")
    if not named:
        return "global", ""
    parameter, scope_id = named[0]
    scope, kind = SCOPES[parameter]
    context.inventory.get(kind, scope_id)
    return scope, scope_id


def _setting(context: Context, command: UpdateConfiguration | ResetConfiguration) -> Setting:
    """The setting named. Raises Invalid when there is none, or none of that scope."""
    setting = SETTINGS.get(command.name)
    if setting is None:
        raise errors.Invalid(
            f"no setting is called {command.name!r}", hint="listConfigurations names them"
        )
    scope, _ = scope_of(context, command)
    if scope not in ("global", *setting.scopes):
        raise errors.Invalid(
            f"the setting has no scope {scope}",
            object=f"setting/{setting.name}",
            hint=f"its scopes: {', '.join(('global', *setting.scopes))}",
        )
    return setting


def check(context: Context, command: UpdateConfiguration) -> None:
    """Refuse an unknown setting, a wrong value, a scope that the setting does not have."""
    parse(_setting(context, command), command.value or "")


def claim(context: Context, command: UpdateConfiguration) -> Claim:
    """Record the value; it is in force from now on."""
    scope, scope_id = scope_of(context, command)
    record_id = setting_id(command.name, scope, scope_id)
    value = command.value or ""
    effect: Effect
    if context.inventory.find(SettingValue, record_id) is None:
        record = SettingValue(
            id=record_id,
            created_s=context.now_s,
            name=command.name,
            scope=scope,
            scope_id=scope_id,
            value=value,
        )
        effect = Add(record=record)
    else:
        effect = Change(kind="setting_value", id=record_id, fields={"value": value})
    return Claim(kind="setting_value", id=record_id, effects=(effect,))


def check_reset(context: Context, command: ResetConfiguration) -> None:
    """Refuse an unknown setting, and a scope that the setting does not have."""
    _setting(context, command)


def claim_reset(context: Context, command: ResetConfiguration) -> Claim:
    """Forget the value; what is set around it, or the default, is in force from now on."""
    scope, scope_id = scope_of(context, command)
    record_id = setting_id(command.name, scope, scope_id)
    gone: tuple[Effect, ...] = ()
    if context.inventory.find(SettingValue, record_id) is not None:
        gone = (Drop(kind="setting_value", id=record_id),)
    return Claim(kind="setting_value", id=record_id, effects=gone)
