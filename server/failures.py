"""Takes the one error that matters out of the groups in which nurseries wrap errors."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import cast

from core.model.errors import ForebayError


def first_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first error of the tree, of a reader who left, or Ctrl-C; the group without one."""
    leaves: list[BaseException] = [group]
    for error in leaves:
        if isinstance(error, ForebayError | BrokenPipeError | KeyboardInterrupt):
            return error
        if isinstance(error, BaseExceptionGroup):
            leaves.extend(cast("BaseExceptionGroup[BaseException]", error).exceptions)
    return group


@contextmanager
def unwrapped() -> Generator[None]:
    """Let an error of the tree, or Ctrl-C, leave the block by itself instead of in a group."""
    try:
        yield
    except BaseExceptionGroup as group:
        error = first_error(group)
        if error is group:
            raise
        raise error from None
