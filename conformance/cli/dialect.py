"""Draft a provider's dialect from recordings, and check one against them.

Law: a thin command. What recordings show is counted in core/learn and core/standing, worded in render/_dialect.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ..core.finding import Failure, Run
    from ..core.recording import Recording
    from .options import Inputs

_DRAFTED = """A draft by `conformance dialect learn`, from {streams}. Please review it: give each entry its reason and,
where a document says it, the document's URL instead of `observed`; strike out what is chance, or a fault on which
nobody should rely."""


@click.group()
def command() -> None:
    """Draft a provider's dialect from recordings, and check one against them.

    A dialect says how one provider speaks: where it is asked, what its documents promise, what recordings show of it,
    and which rules it is known to break.

    \b
        conformance dialect list
        conformance dialect show openrouter
        conformance dialect learn recordings/ -o mine.toml
        conformance dialect check mine.toml recordings/
    """


@command.command("list")
def list_() -> None:
    """List the dialects that there are.

    \b
        conformance dialect list
    """
    from .. import catalogue
    from ..render._dialect import dialect_list
    from ..render._text import ansi
    from .output import columns

    for line in dialect_list(catalogue.dialects(), columns(), ansi):
        click.echo(line)


@command.command()
@click.argument("name")
def show(name: str) -> None:
    """Show one dialect: endpoints, promises, habits, deviations.

    NAME is a dialect, or the .toml file of one.

    \b
        conformance dialect show anyrouter
    """
    from .. import catalogue
    from ..render._dialect import dialect_lines
    from ..render._text import ansi
    from .output import columns

    for line in dialect_lines(catalogue.dialect(name), columns(), ansi):
        click.echo(line)


@command.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("-o", "--output", metavar="FILE", default="-", help="File to write.  [default: standard output]")
@click.option("--title", metavar="TEXT", help="Name of the provider.  [default: what the recordings say]")
@click.option("--protocol", metavar="NAME", help="Protocol of the streams.  [default: detected]")
def learn(paths: tuple[str, ...], output: str, title: str | None, protocol: str | None) -> None:
    """Draft a dialect from recordings, for a person to review.

    Traits that every stream shows become habits, rules that several streams break become deviations, each with its
    counts. The draft waives what it saw: strike out what is a fault rather than a way to speak. Synthetic recordings
    are passed over where there are others.

    \b
        conformance dialect learn recordings/
        conformance dialect learn a.yaml b.yaml c.yaml --title 'My server' -o my-server.toml
    """
    from .. import catalogue
    from ..core.learn import LEAST, REPEATED, as_toml, draft
    from ..render._text import plural
    from .files import write
    from .options import Inputs

    streams = [(one, run) for run, one in _judged(paths, Inputs(protocol=protocol, dialect="strict")) if run.events]
    _refuse_nothing(paths, len(streams))
    judged = [pair for pair in streams if not pair[0].metadata.get("synthetic")] or streams
    name = title or str(judged[0][0].metadata.get("provider") or judged[0][0].request.host or "draft")
    data = draft(name, judged, lambda rule: catalogue.rule(rule).rule.title)
    comment = _DRAFTED.format(streams=plural(len(judged), "stream"))
    write(output, as_toml(data, comment))
    told = f"{plural(len(data.get('expect', ())), 'habit')}, {plural(len(data.get('deviation', ())), 'deviation')}"
    needed = f"A habit takes {LEAST} streams, a deviation {REPEATED}."
    click.echo(f"{plural(len(judged), 'stream')}: {told}. {needed}", err=True)
    if output != "-":
        click.echo(f"Next: review {output}, then conformance dialect check {output} {paths[0]}", err=True)


@command.command()
@click.argument("name")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--least",
    type=click.IntRange(1),
    metavar="N",
    help="Streams that must keep a rule before its deviation is stale.  [default: 10]",
)
@click.option("--json", "as_json", is_flag=True, help="The same as JSON, for machines.")
@click.pass_context
def check(ctx: click.Context, name: str, paths: tuple[str, ...], least: int | None, as_json: bool) -> None:
    """Check a dialect against recordings.

    Tells what is kept, what is broken, and which deviations no longer occur. NAME is a dialect, or the .toml file of
    one. All recordings are judged under it. The exit code is 1 where a promise
    or a habit is broken or a deviation is stale, and 3 where the recordings show nothing of it.

    \b
        conformance dialect check openrouter recordings/
        conformance dialect check my-server.toml recordings/ --least 3
    """
    import orjson

    from .. import catalogue, library
    from ..core.standing import State, standings
    from ..render._dialect import standing_data, standing_lines
    from ..render._text import ansi
    from .files import write
    from .options import Inputs
    from .output import columns

    dialect, needed = catalogue.dialect(name), least or library.STALE_AFTER
    runs = [run for run, _ in _judged(paths, Inputs(dialect=name))]
    spoken = [run for run in runs if not dialect.protocols or run.protocol in dialect.protocols]
    found = standings(dialect, spoken, needed)
    if as_json:
        write("-", orjson.dumps(standing_data(found), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode())
    else:
        for line in standing_lines(found, needed, columns(), ansi):
            click.echo(line)
    if len(spoken) < len(runs):
        click.echo(f"{len(runs) - len(spoken)} of {len(runs)} streams speak none of its protocols.", err=True)
    states = {item.state for item in found}
    ctx.exit(1 if states & {State.BROKEN, State.STALE} else 0 if states - {State.SILENT} else 3)


def _judged(paths: tuple[str, ...], inputs: Inputs) -> Iterator[tuple[Run, Recording]]:
    """Every recording of the paths with its run; what cannot be read is told on standard error."""
    from .work import Judge, found

    judge = Judge(inputs, ())
    judge.validate()
    files, failures = found(paths)
    for failure in failures:
        _tell(failure)
    for file in files:
        result = judge.file(file)
        if isinstance(result, list):
            yield from result
        else:
            _tell(result)


def _tell(failure: Failure) -> None:
    click.echo(f"{click.style('conformance:', fg='red', bold=True)} {failure.message}", err=True)


def _refuse_nothing(paths: tuple[str, ...], count: int) -> None:
    """Raises InputError where the paths hold no stream."""
    from ..errors import InputError

    if not count:
        raise InputError(", ".join(paths), "hold no event stream to learn from.", "Record some: conformance record.")
