"""What a caller may add to any command."""

import msgspec


class Meta(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a caller may add to any command.

    key: the same key and command again gives the first answer and does nothing. dry_run: answer
    the plan. plan: run only if the plan still has this hash. deadline_s: give up after so long.
    """

    key: str = ""
    dry_run: bool = False
    plan: str = ""
    deadline_s: float | None = None


NO_META = Meta()
