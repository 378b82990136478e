"""What a stranger sends is counted and hashed."""

import hashlib

import pytest

from core.model import errors
from drivers import intake

CONTENT = b"image"


@pytest.mark.parametrize("algorithm", intake.ALGORITHMS)
def test_every_algorithm_is_understood(algorithm: str) -> None:
    """In the form that CloudStack uses."""
    digest = hashlib.new(intake.ALGORITHMS[algorithm], CONTENT).hexdigest()
    checksum = intake.parse_checksum(f"{{{algorithm}}}{digest.upper()}", "image/1")
    assert checksum == intake.Checksum(algorithm=algorithm, digest=digest)


def test_a_bare_digest_is_md5() -> None:
    """As in CloudStack; none at all is no checksum."""
    digest = hashlib.md5(CONTENT).hexdigest()
    checksum = intake.parse_checksum(digest, "image/1")
    assert checksum == intake.Checksum(algorithm="MD5", digest=digest)
    assert intake.parse_checksum("", "image/1") is None


@pytest.mark.parametrize("text", ["{SHA-256}00", "{CRC32}" + "0" * 32, "xyz", "{MD5}", "0" * 40])
def test_a_checksum_that_says_nothing_is_refused(text: str) -> None:
    """Rather than taken for none."""
    with pytest.raises(errors.Invalid):
        intake.parse_checksum(text, "image/1")
