"""Identifiers: random UUIDs (version 4), drawn from a given Random so that a seed repeats them."""

from random import Random

UUID_HYPHENS = 4
MANAGEMENT_SERVER_ID = "00000000-0000-4000-8000-000000000001"
"""The control plane's own id, for those who ask which of several it is."""


def new_id(random: Random) -> str:
    """A fresh UUID of version 4, from 122 bits of `random`."""
    digits = f"{random.getrandbits(128):032x}"
    return (
        f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-"
        f"{'89ab'[int(digits[16], 16) & 3]}{digits[17:20]}-{digits[20:]}"
    )


def is_errand(job_id: str) -> bool:
    """Whether another job has the job done: its id is then `<that job's>-<step>-<number>`."""
    return job_id.count("-") > UUID_HYPHENS
