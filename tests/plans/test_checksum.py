"""Checksums as callers write them: algorithm in braces, then exactly its digits."""

import pytest

from core.model import errors
from core.plans.checksum import require_checksum
from tests.refusal import refusal

LENGTHS = {"MD5": 32, "SHA-1": 40, "SHA-224": 56, "SHA-256": 64, "SHA-384": 96, "SHA-512": 128}


@pytest.mark.parametrize(("algorithm", "digits"), LENGTHS.items())
def test_each_algorithm_has_its_number_of_digits(algorithm: str, digits: int) -> None:
    """One more or less is none; its case does not matter."""
    require_checksum(f"{{{algorithm}}}" + "a" * digits)
    require_checksum(f"{{{algorithm.lower()}}}" + "A" * digits)
    for wrong in (digits - 1, digits + 1):
        with refusal(errors.Invalid, 431):
            require_checksum(f"{{{algorithm}}}" + "a" * wrong)


def test_without_an_algorithm_it_is_md5() -> None:
    """As CloudStack reads it."""
    require_checksum("0123456789abcdefABCDEF0123456789")
    with refusal(errors.Invalid, 431):
        require_checksum("a" * 64)


@pytest.mark.parametrize("text", [None, ""])
def test_none_is_no_check(text: str | None) -> None:
    """Nothing is compared then."""
    require_checksum(text)


@pytest.mark.parametrize(
    "text",
    ["{SHA-3}" + "a" * 64, "{}" + "a" * 32, "{MD5" + "a" * 32, "g" * 32, "{MD5}" + " " * 32, "{"],
)
def test_anything_else_is_refused(text: str) -> None:
    """Unknown algorithms, open braces, digits that are none."""
    with refusal(errors.Invalid, 431):
        require_checksum(text)
