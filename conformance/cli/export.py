"""Write recordings for other tools: vcrpy, HAR, raw SSE, curl.

Law: a thin command: the formats stand in `edge.exporters`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ..core.dialect import Dialect
    from ..core.recording import Recording

STDOUT = "-"
_FORMATS = sorted(path.stem for path in (Path(__file__).parent.parent / "edge" / "exporters").glob("[a-z]*.py"))


@click.command()
@click.argument("cassettes", nargs=-1, required=True, metavar="CASSETTE...")
@click.option("--format", "form", type=click.Choice(_FORMATS), required=True, help="What to write.")
@click.option("-o", "--output", default=STDOUT, metavar="FILE", help="File to write.  [default: standard output]")
@click.option("--interaction", type=click.IntRange(0), metavar="N", help="Only this recording of the cassette.")
@click.option("--request", metavar="FILE", help="Request body (JSON) where a file holds no request.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
@click.pass_context
def command(
    ctx: click.Context,
    cassettes: tuple[str, ...],
    form: str,
    output: str,
    interaction: int | None,
    request: str | None,
    force: bool,
) -> None:
    """Write recordings for other tools: vcrpy, HAR, raw SSE, curl.

    CASSETTE is whatever `conformance check` reads. vcrpy: a plain cassette, as vcrpy writes it. har: an HTTP archive
    (HAR 1.2). sse: the exact bytes of one stream. curl: commands that ask the same again, with keys from the
    environment. Times of reads, and how a stream ended, are lost in all of them. Secrets are never written.

    \b
        conformance export tape.yaml --format har -o tape.har
        conformance export tape.yaml --format sse --interaction 1 > stream.sse
        conformance export cassettes/ --format curl
    """
    from ..edge.exporters import export
    from ..edge.store import store
    from ..errors import UsageError

    if output != STDOUT and Path(output).exists() and not force:
        raise UsageError(f"{output} is there already.", "Give another name, or --force.")
    recordings, problems = _recordings(cassettes, request, interaction)
    text = export(form, recordings, _dialect_of)
    if output == STDOUT:
        sys.stdout.flush()
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
    else:
        store(output, [text])
    for problem in problems:
        click.echo(f"{click.style('left out:', fg='red')} {problem}", err=True)
    ctx.exit(3 if problems else 0)


def _recordings(
    cassettes: tuple[str, ...], request: str | None, interaction: int | None
) -> tuple[list[Recording], list[str]]:
    """The recordings to write, and what of the files cannot be read. Raises InputError."""
    from ..edge.load import find, read
    from ..render._text import safe
    from .work import pick

    recordings: list[Recording] = []
    problems: list[str] = []
    for path in find(cassettes):
        found = read(path, request)
        recordings += found.recordings if interaction is None else [pick(found.recordings, str(path), interaction)]
        problems += [safe(f"{path}: {said}") for said in found.left]
    return recordings, problems


def _dialect_of(recording: Recording) -> Dialect:
    from ..library import dialect_of, protocol_of

    return dialect_of(recording, protocol_of(recording))
