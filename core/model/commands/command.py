"""The base of all commands and the registry from which every interface is generated.

A command is a frozen Struct. Its tag is CloudStack's name (`createVolume`), its wire fields are
CloudStack's (`disk_offering_id` is `diskofferingid`), its annotations validate it and its docstring
is its help text. Every class line repeats `frozen=True, kw_only=True`, because msgspec does not
inherit the latter and type checkers want the former.
"""

from enum import IntEnum, StrEnum
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta


class Role(IntEnum):
    """Who may call; a higher role may call everything that a lower one may."""

    USER = 0
    DOMAIN_ADMIN = 1
    ADMIN = 2


class Mode(StrEnum):
    """How a command is answered.

    QUERY: from the records as they are. LOOK: from what storage itself answers. CHANGE: once its
    change is durable. JOB: with the id of a job (CloudStack's async commands). JOB_WAIT:
    CloudStack calls it synchronous although it has to reach out, so it is a job whose end the
    caller waits for. JOB_CLAIM: likewise, but the answer is the new object as soon as it is
    recorded, while its job goes on.
    """

    QUERY = "query"
    LOOK = "look"
    CHANGE = "change"
    JOB = "job"
    JOB_WAIT = "job_wait"
    JOB_CLAIM = "job_claim"


Id = Annotated[str, Meta(min_length=1, max_length=64, description="UUID of the object")]
Name = Annotated[str, Meta(min_length=1, max_length=255)]
Text = Annotated[str, Meta(max_length=4096)]
Gib = Annotated[int, Meta(ge=1, le=1 << 30, description="GiB")]
Count = Annotated[int, Meta(ge=0, le=1 << 53)]
Page = Annotated[int, Meta(ge=1, le=1 << 31, description="1-based, together with pagesize")]
PageSize = Annotated[int, Meta(ge=1, le=500)]

ShowIcon = Annotated[bool, Meta(description="nothing has an icon")]
TagShown = Annotated[Name, Meta(description="the only tag whose limits are shown")]
NetworkDomain = Annotated[
    str,
    Meta(
        max_length=190,
        pattern=r"^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.|$))*$",
        description="suffix of host names",
    ),
]
Url = Annotated[str, Meta(min_length=1, max_length=2048)]


def _tag(name: str) -> str:
    return name[0].lower() + name[1:]


def wire_name(field: str) -> str:
    """CloudStack's name of a field."""
    return field.replace("_", "")


class Command(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="command",
    tag=_tag,
    rename=wire_name,
):
    """What a caller may ask.

    role: the least role that may call it. mode: how it is answered. returns: the key of the object
    in the answer, as core.views.table has it. envelope: what CloudStack's HTTP API wraps the answer
    in, where that is not the command's own name.
    """

    role: ClassVar[Role] = Role.USER
    mode: ClassVar[Mode] = Mode.CHANGE
    returns: ClassVar[str] = "success"
    envelope: ClassVar[str] = ""


class ListCommand(Command, frozen=True, kw_only=True):
    """A list: paged, with a free-text keyword over names."""

    mode: ClassVar[Mode] = Mode.QUERY

    keyword: Text | None = None
    page: Page | None = None
    pagesize: PageSize | None = None


class TagAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tag in a request; `value` left out means any."""

    key: Annotated[str, Meta(min_length=1, max_length=255)]
    value: Text | None = None


Tags = Annotated[tuple[TagAsked, ...], Meta(max_length=100)]


class OwnedListCommand(ListCommand, frozen=True, kw_only=True):
    """A list of things that belong to accounts: the caller's own unless asked otherwise."""

    account: Name | None = None
    domain_id: Id | None = None
    project_id: Id | None = None
    tags: Tags = ()
    list_all: bool = False
    is_recursive: bool = False


def command_name(command: type[Command]) -> str:
    """CloudStack's name of the command."""
    return _tag(command.__name__)


def envelope_name(command: type[Command]) -> str:
    """The only key of CloudStack's answer to the command."""
    return command.envelope or f"{command_name(command).lower()}response"
