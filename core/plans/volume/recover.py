"""recoverVolume."""

from core.model import errors
from core.model.commands.volume import RecoverVolume
from core.model.records import Account, Volume
from core.model.states import VolumeState
from core.plans.admission import require_volume_state
from core.plans.context import Context
from core.plans.limit.limited_tag import of_volumes
from core.plans.quota import require_quota
from core.plans.step import Claim, change
from core.plans.volume.delete import require_may_expunge


def check(context: Context, command: RecoverVolume) -> None:
    """Refuse what cannot be recovered (semantics section 9.4)."""
    volume = context.get(Volume, command.id)
    require_may_expunge(context, volume, number=531)
    require_volume_state(volume, VolumeState.DESTROY, doing="recovering")
    owner = context.inventory.get(Account, volume.account_id)
    try:
        tagged = of_volumes(context, volume)
        require_quota(context, owner, *tagged, volume=1, primary_storage=volume.size_bytes)
    except errors.QuotaExceeded as error:
        raise errors.QuotaExceeded(
            error.message, object=error.object, hint=error.hint, number=431
        ) from error


def claim(context: Context, command: RecoverVolume) -> Claim:
    """The volume is Ready again, and detached."""
    volume = context.get(Volume, command.id)
    recovered = change(
        volume, "RecoverRequested", destroyed_s=0.0, vm_id="", device_id=-1, attached_s=0.0
    )
    return Claim(kind="volume", id=volume.id, effects=(recovered,))
