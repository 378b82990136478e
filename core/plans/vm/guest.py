"""What a machine is told for its guest: it is kept and shown, some of it among the details."""

from base64 import b64decode
from collections.abc import Mapping

from core.model import errors
from core.model.commands.vm import DeployVirtualMachine
from core.plans.context import Context
from core.plans.offering.shared import require_one_of

KEY_PAIRS = "SSH.KeyPairNames"
KEYBOARDS = (
    *("de", "de-ch", "es", "fi", "fr", "fr-be", "fr-ch", "is", "it", "jp"),
    *("nl-be", "no", "pt", "uk", "us"),
)
IO_POLICIES = ("native", "threads", "io_uring", "storage_specific")


def check_guest(context: Context, command: DeployVirtualMachine) -> None:
    """Refuse words that there are not, and user data that is too long."""
    require_one_of(command.keyboard or None, KEYBOARDS, "keyboard")
    require_one_of(command.io_driver_policy or None, IO_POLICIES, "iodriverpolicy")
    require_user_data(context, command.user_data)


def require_user_data(context: Context, encoded: str | None) -> None:
    """Raise Invalid for what is not Base64, or longer than vm.userdata.max.length."""
    if not encoded:
        return
    try:
        length = len(b64decode(encoded, validate=True))
    except ValueError:
        raise errors.Invalid("userdata is not Base64", hint="encode it") from None
    most = context.settings.whole("vm.userdata.max.length")
    if length > most:
        raise errors.Invalid(
            f"userdata has {length} bytes, {most} are admitted",
            object="setting/vm.userdata.max.length",
            hint="give less, or raise the setting",
        )


def details_of(command: DeployVirtualMachine) -> Mapping[str, str]:
    """All details of the new machine: those given as such, and what parameters become."""
    key_pairs = dict.fromkeys((command.key_pair or "", *command.key_pairs))
    said = {
        KEY_PAIRS: ",".join(name for name in key_pairs if name),
        "keyboard": (command.keyboard or "").lower(),
        "iothreads": "true" if command.io_threads_enabled else "",
        "io.policy": (command.io_driver_policy or "").lower(),
    }
    return {**(command.details or {}), **{key: value for key, value in said.items() if value}}
