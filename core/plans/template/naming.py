"""What registerTemplate, createTemplate and registerIso check and record alike."""

from collections.abc import Mapping
from typing import Protocol

from core.model import errors
from core.model.commands.command import Role
from core.model.hypervisors import Hypervisor
from core.model.os_types import OS_TYPES
from core.model.pool_types import DiskFormat
from core.model.records import Account, Template
from core.plans.context import Context

RESERVED = "systemvm template"
"""How the names of the templates of system machines begin."""
USER_TYPES = ("USER", "VNF")
ADMIN_TYPES = (*USER_TYPES, "SYSTEM", "BUILTIN", "ROUTING")
BITS = (32, 64)
ARCHITECTURES = ("x86_64", "aarch64", "s390x")


class Owning(Protocol):
    """A command that says for whom something is made."""

    @property
    def account(self) -> str | None: ...
    @property
    def domain_id(self) -> str | None: ...
    @property
    def project_id(self) -> str | None: ...


class Named(Owning, Protocol):
    """What all commands that make a template or an ISO say about it."""

    @property
    def name(self) -> str: ...
    @property
    def display_text(self) -> str | None: ...
    @property
    def os_type_id(self) -> str | None: ...
    @property
    def is_public(self) -> bool: ...
    @property
    def is_featured(self) -> bool: ...
    @property
    def arch(self) -> str | None: ...


class Described(Named, Protocol):
    """What both commands that make a template say about its guest besides."""

    @property
    def bits(self) -> int: ...
    @property
    def template_tag(self) -> str | None: ...
    @property
    def password_enabled(self) -> bool: ...
    @property
    def ssh_key_enabled(self) -> bool: ...
    @property
    def requires_hvm(self) -> bool: ...
    @property
    def is_dynamically_scalable(self) -> bool: ...
    @property
    def details(self) -> Mapping[str, str] | None: ...


def owner_of(context: Context, command: Owning) -> Account:
    """Whose it will be. Raises NotFound, Denied, Invalid."""
    return context.owner(command.account, command.domain_id, command.project_id)


def check_named(context: Context, command: Named) -> None:
    """Refuse reserved names, unknown guests, and public ones where users may have none."""
    if command.name.lower().startswith(RESERVED):
        raise errors.Invalid(
            f"the name {command.name!r} is reserved for system machines", hint="choose another name"
        )
    require_os_type(command.os_type_id)
    require_arch(command.arch)
    owner_of(context, command)
    if command.is_public:
        require_may_publish(context)


def check_described(context: Context, command: Described) -> None:
    """Refuse what no template can be. Raises Invalid, NotFound, Denied."""
    check_named(context, command)
    if command.bits not in BITS:
        raise errors.Invalid(f"bits is 32 or 64, not {command.bits}", hint="leave bits out for 64")


def require_os_type(os_type_id: str | None) -> None:
    """Raise NotFound for an operating system that there is not."""
    if os_type_id is not None and os_type_id not in OS_TYPES:
        raise errors.NotFound(
            "no operating system has this id",
            object=f"ostype/{os_type_id}",
            hint="listOsTypes names them",
        )


def require_arch(arch: str | None) -> None:
    """Raise Invalid for a processor that there is not."""
    if arch is not None and arch not in ARCHITECTURES:
        raise errors.Invalid(
            f"{arch!r} is no architecture", hint=f"one of {', '.join(ARCHITECTURES)}"
        )


def require_may_publish(context: Context) -> None:
    """Raise Invalid where users may have only private templates (allow.public.user.templates)."""
    caller = context.caller
    if caller.role is not Role.ADMIN and not context.settings.flag(
        "allow.public.user.templates", ("account", caller.account_id)
    ):
        raise errors.Invalid(
            "users may have private templates and ISOs only",
            object="setting/allow.public.user.templates",
            hint="leave ispublic out, or ask an administrator",
        )


def template_type(context: Context, asked: str | None, *, routing: bool = False) -> str:
    """The type of a template; only root administrators choose more than USER and VNF."""
    name = (asked or ("ROUTING" if routing else "USER")).upper()
    admitted = ADMIN_TYPES if context.caller.role is Role.ADMIN else USER_TYPES
    if name not in admitted:
        raise errors.Invalid(
            f"{name!r} is no type of template that you may choose",
            hint=f"one of {', '.join(admitted)}",
        )
    return name


def named(
    context: Context, command: Named, *, zone_id: str, format: DiskFormat, hypervisor: Hypervisor
) -> Template:
    """The record of a new template or ISO; only root administrators feature any."""
    owner = owner_of(context, command)
    return Template(
        id=context.new_id(),
        created_s=context.now_s,
        name=command.name,
        display_text=command.display_text or command.name,
        account_id=owner.id,
        domain_id=owner.domain_id,
        zone_id=zone_id,
        url="",
        format=format,
        hypervisor=hypervisor,
        public=command.is_public,
        featured=command.is_featured and context.caller.role is Role.ADMIN,
        os_type_id=command.os_type_id or "",
        arch=command.arch or ARCHITECTURES[0],
        job_id=context.job_id,
    )


def described(command: Described) -> dict[str, object]:
    """The fields of a new template that say what its guest needs."""
    return {
        "bits": command.bits,
        "tag": command.template_tag or "",
        "password_enabled": command.password_enabled,
        "ssh_key_enabled": command.ssh_key_enabled,
        "requires_hvm": command.requires_hvm,
        "dynamically_scalable": command.is_dynamically_scalable,
        "details": dict(command.details or {}),
    }
