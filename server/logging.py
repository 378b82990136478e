"""Structured logs: one JSON object a line, and never a secret in it."""

import logging
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, cast

import structlog

from core.model.errors import Unavailable

Log = structlog.stdlib.BoundLogger
PROGRAM = "forebay"
LEVELS = ("debug", "info", "warning", "error")
SECRETS = frozenset({"token", "secret", "password", "signature", "authorization", "secret_key"})
"""Names whose values are never written."""


def configure(level: str = "info", path: Path | None = None) -> None:
    """Send our logs, and the libraries' warnings, to `path` or else to standard error.

    Raises Unavailable when the file cannot be opened.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=Log,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _handler(path)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(sort_keys=True),
            ],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger(PROGRAM).setLevel(level.upper())


def logger(name: str) -> Log:
    """A logger that names the part of the program which speaks."""
    log: Log = structlog.stdlib.get_logger(f"{PROGRAM}.{name}")
    return log


def hide_secrets(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace the values of what is named like a secret, at any depth."""
    for name, value in event.items():
        if name.lower() in SECRETS:
            event[name] = "(hidden)"
        elif isinstance(value, dict):
            event[name] = hide_secrets(_logger, _method, cast("dict[str, Any]", value).copy())
    return event


def _handler(path: Path | None) -> logging.Handler:
    if path is None:
        return logging.StreamHandler(sys.stderr)
    try:
        return logging.FileHandler(path, encoding="utf-8")
    except OSError as error:
        raise Unavailable(
            f"cannot write the log: {error.strerror}",
            object=f"file/{path}",
            hint="name a file in a directory that the server may write to",
        ) from error
