"""What a simulated archive gives out."""

import pytest

from core.model import errors
from sim.disk.archive import TEMPLATES, data_disk, published
from sim.disk.content import Bulk
from sim.disk.template import Template
from sim.spec import GIB, TemplateSpec
from tests.refusal import refusal


@pytest.fixture
def archive() -> Template:
    """One of two disks."""
    return Template(TemplateSpec(name="shop"), Bulk(GIB), (Bulk(2 * GIB),))


def test_a_data_disk_is_a_copy(archive: Template) -> None:
    """What is written to it is not in the archive."""
    made = data_disk(archive, 1, "subject")
    made.resize(3 * GIB)
    assert (made.size_bytes, archive.data_disks[0].size_bytes) == (3 * GIB, 2 * GIB)


@pytest.mark.parametrize("number", [0, 2])
def test_there_are_no_other_disks(archive: Template, number: int) -> None:
    """The first is 1; an image of one disk has none to give."""
    with refusal(errors.NotFound, 431, "subject"):
        data_disk(archive, number, "subject")
    for alone in (None, Template(TemplateSpec(name="one"), Bulk(GIB))):
        with refusal(errors.Unsupported, 432, "subject"):
            data_disk(alone, 1, "subject")


def test_only_what_is_published_is_found(archive: Template) -> None:
    """At the site's own addresses."""
    there = {"shop": archive}
    assert published(there, f"{TEMPLATES}shop", "subject") is archive
    with refusal(errors.NotFound, 431, "subject"):
        published(there, f"{TEMPLATES}none", "subject")
    with refusal(errors.Invalid, 431, "subject"):
        published(there, "https://elsewhere.example/shop", "subject")
