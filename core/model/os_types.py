"""Guest operating systems by the ids that listOsTypes shows."""

from collections.abc import Mapping

OS_TYPES: Mapping[str, str] = {
    "other-linux-64": "Other Linux (64-bit)",
    "other-64": "Other (64-bit)",
    "debian-12": "Debian GNU/Linux 12 (64-bit)",
    "ubuntu-24": "Ubuntu 24.04 LTS",
    "rocky-9": "Rocky Linux 9",
    "windows-2022": "Windows Server 2022 (64-bit)",
}
