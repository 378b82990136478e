"""`forebay serve`: runs the server until it is told to stop."""

import secrets
import signal
import sys
import time
from pathlib import Path

import click
import trio

from core.model.errors import ForebayError, Invalid
from core.trio_runtime import TrioRuntime
from server import logging
from server.cli.output import fail
from server.config import EMBEDDED, SiteFile, load
from server.failures import unwrapped
from server.site import open_service
from server.transport.listener import Address, bind, parse_address, serve, tls_context

DEFAULT_LISTEN = "127.0.0.1:8250"
_FILE = click.Path(path_type=Path)


@click.command("serve")
@click.option("--site", type=_FILE, help="Site file; the embedded simulated zone by default.")
@click.option("--data", type=_FILE, required=True, help="Data directory; made when it is absent.")
@click.option("--listen", default=DEFAULT_LISTEN, show_default=True, help="HOST:PORT.")
@click.option("--tls-cert", type=_FILE, help="Certificate file (PEM).")
@click.option("--tls-key", type=_FILE, help="Key file (PEM).")
@click.option("--log-level", type=click.Choice(logging.LEVELS), default="info", show_default=True)
@click.option("--log-file", type=_FILE, help="Write the log here instead of to standard error.")
def serve_command(
    site: Path | None,
    data: Path,
    listen: str,
    tls_cert: Path | None,
    tls_key: Path | None,
    log_level: str,
    log_file: Path | None,
) -> None:
    """Serve a site until SIGTERM or Ctrl-C."""
    try:
        logging.configure(log_level, log_file)
        address = parse_address(listen)
        tls = _tls_files(tls_cert, tls_key)
        site_file = load(site or EMBEDDED)
        with unwrapped():
            trio.run(_serve, site_file, data, address, tls)
    except ForebayError as error:
        fail(error, "table")


async def _serve(
    site: SiteFile, data: Path, address: Address, tls_files: tuple[Path, Path] | None
) -> None:
    log = logging.logger("server")
    # The one place where the server reads the wall clock; all else asks its runtime.
    runtime = TrioRuntime(start_s=time.time())  # noqa: TID251
    tls = None if tls_files is None else tls_context(*tls_files)
    door = await bind(address, tls)
    stopping = trio.Event()
    async with trio.open_nursery() as nursery:
        await nursery.start(_heed_signals, stopping)
        async with open_service(site, data, runtime, log, url=door.url) as service:
            log.info("listening", url=door.url, simulated=service.simulated)
            click.echo(f"Forebay listens on {door.url}; its token is in {data}/credentials.json")
            sys.stdout.flush()
            await serve(door, service, site, log, boot=secrets.token_hex(8), stopping=stopping)
        nursery.cancel_scope.cancel()
    log.info("stopped")


async def _heed_signals(
    stopping: trio.Event, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for _ in signals:
            stopping.set()


def _tls_files(certificate: Path | None, key: Path | None) -> tuple[Path, Path] | None:
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise Invalid(
            "a certificate needs its key, and a key its certificate",
            object="option/tls-cert",
            hint="give both --tls-cert and --tls-key",
        )
    return certificate, key
