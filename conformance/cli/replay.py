"""Play recordings back, with the pace, the cuts and the end that were recorded.

Law: a thin command: the server stands in `edge.replay`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..targets import BUILTIN
from .faults import listed, with_faults

if TYPE_CHECKING:
    from ..core.recording import Recording
    from ..edge.replay import ReplayServer
    from ..edge.replay_log import LogFile, Served

_CUTS = "event, line, byte, random:SEED, mid-utf8, mid-crlf, whole"
_FIELDS = "method, path, query, host, headers, header:NAME, body, raw_body, model, prompt, scenario"


def _listing(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo("\n".join(listed()))
        context.exit()


@click.command()
@click.argument("cassettes", nargs=-1, required=True, metavar="CASSETTE...")
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Port; 0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Address to listen on.")
@click.option("--speed", type=click.FloatRange(0), default=1.0, metavar="X", help="2: twice as fast; 0: without delay.")
@click.option("--gap", type=click.FloatRange(0), default=0.0, metavar="MS", help="Between events, if no time is known.")
@click.option("--cuts", metavar="HOW", help=f"Other reads than recorded: {_CUTS}.")
@click.option("--fault", multiple=True, metavar="NAME[@EVENT]", help="Play a known bug into the recordings.")
@click.option("--faults", is_flag=True, is_eager=True, expose_value=False, callback=_listing, help="List all faults.")
@click.option("--match-on", multiple=True, metavar="FIELD,...", help=f"Fields that must be equal: {_FIELDS}.")
@click.option("--log", metavar="FILE", help="Append a JSON line per request: each write's time, when the client left.")
@click.option("--ready-file", metavar="FILE", help="Write the base URL into FILE when the server listens.")
@click.option("-q", "--quiet", is_flag=True, help="Print the base URL alone, and no line per request.")
def command(
    cassettes: tuple[str, ...], fault: tuple[str, ...], match_on: tuple[str, ...], log: str | None,
    ready_file: str | None, quiet: bool, **pace: Any,
) -> None:  # fmt: skip
    """Play recordings back, with the pace, the cuts and the end that were recorded.

    CASSETTE is what `conformance check` reads, or `builtin` for the recordings that come along. A request is answered
    by the recording with the same path, and, where there are several, the same scenario, body, model or last prompt;
    those that nothing tells apart take turns. With --match-on, the named fields must be equal, and nothing else counts
    (`method`: whatever is posted gets the recordings in their order). Where nothing matches, the answer is a 404 that
    names the nearest recording and each field that differs.

    Each recorded read is one write, and one HTTP chunk where the body was chunked; at --speed 0 several chunks share a
    write, unless --cuts is given.

    A scenario (or a file, by its name without the ending) can be asked for: with the header
    `x-conformance-scenario: tools`, or by the base URL http://127.0.0.1:8080/tools/v1.

    \b
        conformance replay tools.yaml --port 8080
        conformance replay recordings/ --speed 0 --cuts mid-utf8
        conformance replay recordings/ --match-on method,path,body --log replay.jsonl
        conformance replay builtin
        conformance replay tools.yaml --fault tool-index-missing --fault stall@3:seconds=20
        conformance replay --faults

    Standard error tells what became of each request; schemas/replay-log.json explains the keys of --log. It runs until
    Ctrl-C or SIGTERM, which lets streams under way end.
    """
    from ..edge.replay import ReplayServer
    from ..edge.replay_example import base_urls
    from ..edge.replay_log import LogFile
    from ..edge.store import store

    fields = [field.strip() for word in match_on for field in word.split(",") if field.strip()]
    recordings = with_faults(_load(cassettes), fault)

    def tell(server: ReplayServer) -> None:
        base = base_urls(server.url, recordings)[0]
        click.echo(base if quiet else "\n".join(_lines(server)))
        if ready_file is not None:
            store(ready_file, [f"{base}\n".encode()])

    with contextlib.ExitStack() as stack:
        file = stack.enter_context(contextlib.closing(LogFile(Path(log)))) if log else None
        told, began = _teller(recordings, file, quiet), _starter(recordings, file)
        ReplayServer(recordings, match_on=fields, told=told, began=began, **pace).run(tell)


def _teller(recordings: list[Recording], file: LogFile | None, quiet: bool) -> Callable[[Served], None] | None:
    """What is done with each request that has ended; None: nothing."""
    from ..edge.replay_log import entry, line

    def told(served: Served) -> None:
        if not quiet:
            click.echo(line(served, recordings), err=True)
        if file is not None:
            file.add(entry(served, recordings))

    return None if quiet and file is None else told


def _starter(recordings: list[Recording], file: LogFile | None) -> Callable[[Served], None] | None:
    """What is done with each that begins: who reads the log sees what is under way."""
    from ..edge.replay_log import entry

    return None if file is None else lambda served: file.add(entry(served, recordings))


def _load(cassettes: tuple[str, ...]) -> list[Recording]:
    from .. import catalogue
    from ..edge.builtin import builtin_recordings
    from ..edge.load import find, load

    recordings: list[Recording] = []
    for word in cassettes:
        if word == BUILTIN and not Path(word).exists():
            recordings += builtin_recordings(catalogue.data_folder("cassettes"))
            continue
        for path in find([word]):
            recordings += load(path)
    return recordings


def _lines(server: ReplayServer) -> list[str]:
    from ..edge.replay_example import base_urls, curl, routes

    recordings = server.recordings
    plays = f"{len(recordings)} recording{'s' if len(recordings) != 1 else ''}"
    lines = [f"Playing {plays} on {base_urls(server.url, recordings)[0]}  (Ctrl-C ends it)", ""]
    lines += [f"  {route}" for route in routes(server.url, recordings)]
    example = curl(server.url, recordings, server.answers)
    return [*lines, "", f"  {example}", ""] if example else lines
