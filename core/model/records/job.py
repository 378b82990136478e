"""Jobs, and what else the control plane must not forget."""

import msgspec

from core.model.errors import Failure
from core.model.records.record import Record
from core.model.states import (
    JobStatus,
    Phase,
)


class Job(Record, frozen=True, kw_only=True):
    """Long work: `step` counts the plan's steps that are done, `phase` says which way it goes.

    `begun_s` is when its turn came: until then it waited. `event_mark` says that the event that it
    is was "archived" or "deleted". A command that only changes records leaves one that has ended,
    for the sake of the event.
    """

    command: str
    account_id: str
    domain_id: str
    user_id: str
    instance_kind: str = ""
    instance_id: str = ""
    request: msgspec.Raw = msgspec.Raw(b"null")
    status: JobStatus = JobStatus.IN_PROGRESS
    phase: Phase = Phase.QUEUED
    step: int = 0
    slot: str = ""
    locks: tuple[str, ...] = ()
    cancel: bool = False
    deadline_s: float = 0.0
    begun_s: float = 0.0
    completed_s: float = 0.0
    failure: Failure | None = None
    event_mark: str = ""


class JobPlan(Record, frozen=True, kw_only=True):
    """The plan of the running job of the same id, as data; never published."""

    plan: msgspec.Raw


class SettingValue(Record, frozen=True, kw_only=True):
    """A setting that was changed at a scope; its id is `<scope>/<scope id>/<name>`."""

    name: str
    scope: str
    scope_id: str
    value: str


class RequestKey(Record, frozen=True, kw_only=True):
    """An idempotency key that an account has used, and what was answered; never published."""

    account_id: str
    request_sha256: str
    answer: msgspec.Raw
