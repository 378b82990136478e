"""What can be called, generated from the registry; and what clients ask before they begin."""

from msgspec import inspect

from core.model.commands.api import ListApis, ListCapabilities, ListOsTypes
from core.model.commands.command import Command, Mode, command_name
from core.model.commands.registry import COMMANDS
from core.model.os_types import OS_TYPES
from core.plans.context import Context
from core.views.listing import Answer, Query, paged
from core.views.view import View

VERSION = "4.22.0"
"""The version of CloudStack whose names and parameters the commands carry."""


class ApiParameterView(View, frozen=True, kw_only=True):
    """CloudStack's params object."""

    name: str
    type: str
    required: bool
    description: str | None = None


class ApiView(View, frozen=True, kw_only=True):
    """CloudStack's api object."""

    name: str
    description: str
    isasync: bool
    params: tuple[ApiParameterView, ...]


class OsTypeView(View, frozen=True, kw_only=True):
    """CloudStack's ostype object."""

    id: str
    description: str
    isuserdefined: bool


# CloudStack's names of kinds of parameters
_TYPES: tuple[tuple[type[inspect.Type], str], ...] = (
    (inspect.BoolType, "boolean"),
    (inspect.IntType, "integer"),
    (inspect.FloatType, "float"),
    (inspect.StrType, "string"),
    (inspect.VarTupleType, "list"),
    (inspect.DictType, "map"),
)
_OS_TYPES = tuple(
    OsTypeView(id=id, description=description, isuserdefined=False)
    for id, description in OS_TYPES.items()
)


def _described(kind: inspect.Type) -> tuple[str, str | None]:
    """CloudStack's name of a parameter's type, and its description."""
    if isinstance(kind, inspect.Metadata):
        name, described = _described(kind.type)
        extra: dict[str, str] = getattr(kind, "extra_json_schema") or {}  # noqa: B009  (its type is not told)
        return name, extra.get("description", described)
    if isinstance(kind, inspect.UnionType):
        kinds = [each for each in kind.types if not isinstance(each, inspect.NoneType)]
        return _described(kinds[0])
    return next((name for type_, name in _TYPES if isinstance(kind, type_)), "string"), None


def _api(kind: type[Command]) -> ApiView:
    about = inspect.type_info(kind)
    assert isinstance(about, inspect.StructType)
    parameters: list[ApiParameterView] = []
    for field in about.fields:
        name, description = _described(field.type)
        parameters.append(
            ApiParameterView(
                name=field.encode_name,
                type=name,
                required=field.required,
                description=description,
            )
        )
    return ApiView(
        name=command_name(kind),
        description=(kind.__doc__ or "").strip(),
        isasync=kind.mode is Mode.JOB,
        params=tuple(parameters),
    )


def _apis(context: Context, command: ListApis) -> Answer:
    shown = [
        _api(kind)
        for name, kind in COMMANDS.items()
        if kind.role <= context.caller.role and command.name in (None, name)
    ]
    return {"count": len(shown), "api": shown}


def _capabilities(context: Context, command: ListCapabilities) -> Answer:
    settings = context.settings
    return {
        "capability": {
            "cloudstackversion": VERSION,
            "securitygroupsenabled": False,
            "dynamicrolesenabled": False,
            "userpublictemplateenabled": settings.flag(
                "allow.public.user.templates", ("account", context.caller.account_id)
            ),
            "allowusercreateprojects": True,
            "projectinviterequired": False,
            "regionsecondaryenabled": True,
            "customdiskofferingminsize": settings.whole("custom.diskoffering.size.min"),
            "customdiskofferingmaxsize": settings.whole("custom.diskoffering.size.max"),
            "kvmsnapshotenabled": settings.flag("kvm.snapshot.enabled"),
            "defaultuipagesize": settings.whole("default.page.size"),
        }
    }


def _os_types(context: Context, command: ListOsTypes) -> Answer:
    keyword = (command.keyword or "").lower()
    shown = [
        row
        for row in _OS_TYPES
        if command.id in (None, row.id)
        and command.description in (None, row.description)
        and keyword in row.description.lower()
    ]
    return paged(context, command, shown)


QUERIES: dict[type[Command], Query] = {
    ListApis: _apis,
    ListCapabilities: _capabilities,
    ListOsTypes: _os_types,
}
