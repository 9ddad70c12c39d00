"""Play recordings back, with the pace, the cuts and the end that were recorded.

Law: a thin command: the server stands in `edge.replay`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .targets import BUILTIN

if TYPE_CHECKING:
    from ..core.recording import Recording
    from ..edge.replay import ReplayServer


@click.command()
@click.argument("cassettes", nargs=-1, required=True, metavar="CASSETTE...")
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Port; 0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Address to listen on.")
@click.option("--speed", type=click.FloatRange(0), default=1.0, metavar="X", help="2: twice as fast; 0: without delay.")
@click.option("--gap", type=click.FloatRange(0), default=0.0, metavar="MS", help="Between events, if no time is known.")
@click.option("--ready-file", metavar="FILE", help="Write the base URL into FILE when the server listens.")
@click.option("-q", "--quiet", is_flag=True, help="Print the base URL alone.")
def command(
    cassettes: tuple[str, ...], port: int, host: str, speed: float, gap: float, ready_file: str | None, quiet: bool
) -> None:
    """Play recordings back, with the pace, the cuts and the end that were recorded.

    CASSETTE is what `conformance check` reads, or `builtin` for the recordings that come along. A request is answered
    by the recording with the same path, and, where there are several, the same scenario, body, model or last prompt.

    \b
        conformance replay tools.yaml --port 8080
        conformance replay recordings/ --speed 0
        conformance replay builtin

    It runs until Ctrl-C or SIGTERM, which lets streams under way end.
    """
    from ..edge.replay import ReplayServer

    recordings = _load(cassettes)
    server = ReplayServer(recordings, speed=speed, gap=gap, host=host, port=port)
    ready = Path(ready_file) if ready_file else None

    def tell(server: ReplayServer) -> None:
        base = base_urls(server)[0]
        click.echo(base if quiet else "\n".join(_lines(server)))
        if ready is not None:
            _write(ready, base)

    server.run(tell)


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


def base_urls(server: ReplayServer) -> list[str]:
    """The base URLs that clients can be given: the paths of the recordings without what the endpoint adds."""
    import re

    version = re.compile(r"\A(.*?/v\d+[a-z0-9]*)/")
    found = [match[1] for one in server.recordings if (match := version.match(one.request.path))]
    return list(dict.fromkeys(server.url + path for path in found)) or [f"{server.url}/v1"]


def _lines(server: ReplayServer) -> list[str]:
    base = base_urls(server)[0]
    first = server.recordings[0].request if server.recordings else None
    path = first.path if first and first.path != "/" else "/v1/chat/completions"
    models = server.models()
    plays = f"{len(server.recordings)} recording{'s' if len(server.recordings) != 1 else ''}"
    body = f'{{"model":"{models[0] if models else "any"}","stream":true,"messages":[{{"role":"user","content":"Hi"}}]}}'
    return [
        f"Playing {plays} on {base}  (Ctrl-C ends it)",
        "",
        f"  curl -N {server.url}{path} -H 'content-type: application/json' -d '{body}'",
        f'  OpenAI(base_url="{base}", api_key="none")',
    ]


def _write(path: Path, text: str) -> None:
    """Writes the file so that whoever waits for it never sees half of it."""
    from ..errors import StorageError

    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_text(text + "\n", encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        hint = "Check that its folder exists."
        raise StorageError(str(path), f"cannot be written ({error.strerror}).", hint) from error
