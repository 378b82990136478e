"""Versions of the program and of its interface."""

from importlib.metadata import PackageNotFoundError, version

API_VERSION = "1.0"
"""Major and minor version of the interface; within a major one, things are only added."""


def program_version() -> str:
    """The installed version; "0" when it runs from a source tree."""
    try:
        return version("forebay")
    except PackageNotFoundError:
        return "0"
