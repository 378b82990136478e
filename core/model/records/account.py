"""Domains, accounts and users."""

from core.model.commands.command import Role
from core.model.records.record import Record


class Domain(Record, frozen=True, kw_only=True):
    """A domain of accounts; ROOT has no parent."""

    name: str
    path: str
    parent_id: str = ""


class Account(Record, frozen=True, kw_only=True):
    """Owner of volumes, snapshots, templates and virtual machines."""

    name: str
    domain_id: str
    role: Role


class User(Record, frozen=True, kw_only=True):
    """Someone who can log in to an account; never published."""

    username: str
    account_id: str
    token_sha256: str
    api_key: str = ""
    secret_key: str = ""
