"""Domains, accounts, users and projects; what limits them and how they tag their things."""

from core.model.commands.command import Role
from core.model.records.record import Detailed, Record


class Domain(Record, frozen=True, kw_only=True):
    """A domain of accounts; ROOT has no parent."""

    name: str
    path: str
    parent_id: str = ""
    network_domain: str = ""


class Account(Detailed, frozen=True, kw_only=True):
    """Owner of volumes, snapshots, templates and virtual machines.

    state: "enabled", "locked" (may log in, changes nothing) or "disabled".
    project_id: set on the account that owns the things of a project.
    """

    name: str
    domain_id: str
    role: Role
    state: str = "enabled"
    project_id: str = ""
    network_domain: str = ""


class User(Detailed, frozen=True, kw_only=True):
    """Someone who can log in to an account; never published.

    state: as an account's, for this user alone.
    """

    username: str
    account_id: str
    token_sha256: str
    api_key: str = ""
    secret_key: str = ""
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    timezone: str = ""
    state: str = "enabled"


class Project(Record, frozen=True, kw_only=True):
    """Accounts that share things: they belong to `account_id`, an account of the project's own."""

    name: str
    display_text: str
    domain_id: str
    account_id: str
    owner_id: str
    members: tuple[str, ...] = ()
    state: str = "Active"


class ResourceLimit(Record, frozen=True, kw_only=True):
    """A limit set for one account or domain; its id is `<scope>/<scope id>/<resource>/<tag>`.

    maximum: in the unit of the resource's setting (GiB for storage), -1 is no limit. tag: of
    offerings whose volumes or machines alone it is about, "" for all.
    """

    scope: str
    scope_id: str
    resource: str
    maximum: int
    tag: str = ""


class Tag(Record, frozen=True, kw_only=True):
    """A key and value that an account has put on one of its things (`of_kind`, `of_id`)."""

    of_kind: str
    of_id: str
    key: str
    value: str
    account_id: str
    domain_id: str
