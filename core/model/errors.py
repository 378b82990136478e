"""The one tree of errors that Forebay answers with, named by what the caller can do about them.

    ForebayError
    ├── Invalid         the request is wrong in itself: mend it
    ├── NotFound        there is no such thing, or it is not yours: same answer
    ├── Denied          you may not do this
    ├── Conflict        the state, or the revision, does not admit it now
    ├── NoCapacity      no pool, host or store has room for it
    ├── QuotaExceeded   a limit of the account or domain is reached
    ├── Busy            a bounded queue is full: try again later
    ├── Unsupported     this hypervisor, pool type or command cannot do it
    ├── Unavailable     a host, pool or store does not answer: try again later
    ├── Integrity       bytes or records are not what they must be
    ├── Cancelled       someone cancelled it
    ├── Deadline        it waited, or ran, longer than it was allowed to
    └── Internal        our own fault

Each class carries its wire name (`code`), its JSON-RPC number and CloudStack's error number; a
raise may override the latter, because CloudStack's numbers depend on the condition (semantics
section 10).
"""

from typing import ClassVar

import msgspec


class Failure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error as data: what jobs keep, what the journal holds and what the wire carries."""

    code: str
    message: str
    number: int
    retryable: bool = False
    object: str = ""
    hint: str = ""


class ForebayError(Exception):
    """Base of the tree: `message` says what failed, `object` on what, `hint` what to do."""

    code: ClassVar[str] = "internal"
    number: int = 530
    rpc: ClassVar[int] = -32000
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        object: str = "",
        hint: str = "",
        number: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.object = object
        self.hint = hint
        if number is not None:
            self.number = number

    def __str__(self) -> str:
        return f"{self.message}{f' [{self.object}]' if self.object else ''}"

    def failure(self) -> Failure:
        """The error as data."""
        return Failure(
            code=self.code,
            message=self.message,
            number=self.number,
            retryable=self.retryable,
            object=self.object,
            hint=self.hint,
        )


class Invalid(ForebayError):
    """The request is wrong in itself."""

    code = "invalid.params"
    number = 431
    rpc = -32602


class NotFound(ForebayError):
    """No such object, or not the caller's: the answer is the same."""

    code = "not_found"
    number = 431
    rpc = -32001


class Denied(ForebayError):
    """The caller may not do this."""

    code = "auth.denied"
    number = 531
    rpc = -32002


class Conflict(ForebayError):
    """The object's state or revision does not admit the request now."""

    code = "conflict.state"
    number = 431
    rpc = -32003


class NoCapacity(ForebayError):
    """Nothing has room for it."""

    code = "capacity.insufficient"
    number = 533
    rpc = -32004


class QuotaExceeded(ForebayError):
    """A resource limit of the account or domain is reached."""

    code = "quota.exceeded"
    number = 535
    rpc = -32005


class Busy(ForebayError):
    """A bounded queue or a rate limit is full."""

    code = "busy.limit"
    number = 530
    rpc = -32006
    retryable = True


class Unsupported(ForebayError):
    """The hypervisor, pool type or API cannot do it."""

    code = "unsupported"
    number = 432
    rpc = -32007


class Unavailable(ForebayError):
    """A host, pool, store or the journal does not answer."""

    code = "unavailable"
    number = 534
    rpc = -32008
    retryable = True


class Integrity(ForebayError):
    """Bytes or records are not what they must be."""

    code = "integrity"
    number = 530
    rpc = -32009


class Cancelled(ForebayError):
    """Someone cancelled the work."""

    code = "cancelled"
    number = 530
    rpc = -32010


class Deadline(ForebayError):
    """It waited or ran longer than allowed."""

    code = "deadline"
    number = 530
    rpc = -32011
    retryable = True


class Internal(ForebayError):
    """A fault of Forebay itself."""

    code = "internal"
    number = 530
    rpc = -32603


LEAVES: tuple[type[ForebayError], ...] = (
    Invalid,
    NotFound,
    Denied,
    Conflict,
    NoCapacity,
    QuotaExceeded,
    Busy,
    Unsupported,
    Unavailable,
    Integrity,
    Cancelled,
    Deadline,
    Internal,
)
BY_CODE = {leaf.code: leaf for leaf in LEAVES}


def raised(failure: Failure) -> ForebayError:
    """The exception that `failure` describes, ready to be raised again."""
    return BY_CODE.get(failure.code, Internal)(
        failure.message, object=failure.object, hint=failure.hint, number=failure.number
    )


def failure_of(error: Exception) -> Failure:
    """Any exception as data; one that is not of the tree is Internal, and says only its type."""
    if isinstance(error, ForebayError):
        return error.failure()
    return Internal(f"unexpected {type(error).__name__}: {error}").failure()
