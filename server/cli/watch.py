"""`forebay watch`: events as they happen, one JSON object a line."""

import json
import sys
from pathlib import Path

import click
import trio

from core.model.errors import ForebayError
from server.cli.call import server_options
from server.cli.output import fail
from server.cli.target import Target, find_target
from server.client import open_client
from server.failures import unwrapped


@click.command()
@click.option("--topics", default="", help="Kinds of objects, with commas between; all by default.")
@click.option("--from", "after", type=int, help="Begin after this position instead of now.")
@click.option("--count", type=int, help="End after so many events.")
@server_options
def watch(
    topics: str,
    after: int | None,
    count: int | None,
    url: str | None,
    token: str | None,
    data: Path | None,
    ca: Path | None,
) -> None:
    """Print events as they happen, one JSON object a line; Ctrl-C ends it."""
    chosen = tuple(topic.strip() for topic in topics.split(",") if topic.strip())
    try:
        target = find_target(url, token, data, ca)
        with unwrapped():
            trio.run(_watch, target, chosen, after, count)
    except ForebayError as error:
        fail(error)
    except KeyboardInterrupt:
        sys.exit(130)


async def _watch(
    target: Target, topics: tuple[str, ...], after: int | None, count: int | None
) -> None:
    async with open_client(target.url, target.token, tls=target.tls) as client:
        stream = await client.subscribe(topics, after=after)
        if stream.mode == "snapshot":
            click.echo(f"Events before {stream.start} are no longer kept.", err=True)
        left = count
        while left is None or left > 0:
            event = await anext(stream)
            click.echo(json.dumps(event, ensure_ascii=False))
            left = None if left is None else left - 1
